"""Who is signed in. A session is a 256-bit key in a cookie; here its SHA-256 leads to the person.

    veilward:alerts:{<site>}:sessions        hash  SHA-256 of the key -> session
    veilward:alerts:{<site>}:sessions_seen   hash  the same -> when it was last used

Redis is asked for every request, so that a session that ended anywhere ends everywhere. While Redis is away, memory
answers for the sessions that this process knows, so that nobody is sent away from an alarm; what began or ended
meanwhile is written when it is back. When it was last used lies apart: writing that never brings an ended session back.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.alerts.actor import Actor, decode_actor, encode_actor
from services.alerts.codec import instant, read_instant
from services.alerts.people.secrets import kept_key, new_key
from services.runtime.logging import get_logger, log_event

_log = get_logger("alerts")

SEEN_EVERY = timedelta(seconds=15)
ASK_AGAIN_S = 1.0
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Session:
    """One person signed in in one browser.

    key: SHA-256 of the cookie's. idle: how long it lasts unused. ends_at: its end whatever happens. device: of a shared
    tablet on which the person was changed to. provider_session: what the identity provider calls it.
    """

    key: str
    actor: Actor
    began_at: datetime
    seen_at: datetime
    ends_at: datetime
    idle: timedelta
    device: str | None = None
    provider_session: str | None = None

    def lives(self, now: datetime) -> bool:
        """Whether it still counts."""
        return now < self.ends_at and now - self.seen_at < self.idle

    def __repr__(self) -> str:
        return f"Session({self.actor.id})"


Ended = Callable[[], None]


class Sessions:
    """The sessions of a site. listeners: told, in the loop, that some ended here."""

    def __init__(self, redis: Redis, site: str, clock: Callable[[], datetime]) -> None:
        self.listeners: list[Ended] = []
        self._redis = redis
        self._clock = clock
        self._all = f"veilward:alerts:{{{site}}}:sessions"
        self._seen = f"{self._all}_seen"
        self._known: dict[str, Session] = {}
        self._unwritten: set[str] = set()
        self._unended: set[str] = set()
        self._away_until = 0.0
        self._away = False

    async def begin(
        self,
        actor: Actor,
        idle: timedelta,
        longest: timedelta,
        device: str | None = None,
        provider_session: str | None = None,
    ) -> tuple[str, Session]:
        """A new session and the key of its cookie, which nobody had before."""
        key, now = new_key(), self._clock()
        one = Session(kept_key(key), actor, now, now, now + longest, idle, device, provider_session)
        self._known[one.key] = one
        self._unwritten.add(one.key)
        self._bound()
        await self._write()
        return key, one

    async def find(self, key: str, used: bool = True) -> Session | None:
        """The living session of a cookie's key. used: a person did something, so that it lasts on."""
        return await self.look(kept_key(key), used)

    async def look(self, kept: str, used: bool = False) -> Session | None:
        """The same by the key's SHA-256."""
        if kept in self._unended:
            return None
        await self._read(kept)
        one, now = self._known.get(kept), self._clock()
        if one is None:
            return None
        if not one.lives(now):
            await self.end(kept)
            return None
        if used and now - one.seen_at >= SEEN_EVERY:
            one = self._known[kept] = replace(one, seen_at=now)
            await self._ask(lambda: self._redis.hset(self._seen, kept, instant(now)))
        return one

    async def all(self) -> list[Session]:
        """Every living session, the newest first; those whose time is over end by that."""
        found = await self._ask(lambda: self._redis.hgetall(self._all))
        seen = await self._ask(lambda: self._redis.hgetall(self._seen))
        if found is not None and seen is not None:
            kept = {key: _decode(key, text, seen.get(key)) for key, text in found.items()}
            waiting = {key: self._known[key] for key in self._unwritten if key in self._known}
            read = {key: one for key, one in kept.items() if one is not None and key not in self._unended}
            self._known = {key: self._newer(one) for key, one in (read | waiting).items()}
        now = self._clock()
        for one in list(self._known.values()):
            if not one.lives(now):
                await self.end(one.key)
        return sorted(self._known.values(), key=lambda one: one.began_at, reverse=True)

    async def end(self, kept: str) -> None:
        """End one, here at once and everywhere as soon as Redis takes it."""
        self._known.pop(kept, None)
        self._unwritten.discard(kept)
        self._unended.add(kept)
        await self._write()
        for listener in self.listeners:
            listener()

    async def end_all(self, of: Callable[[Session], bool]) -> int:
        """End all of a kind; how many."""
        ended = [one for one in await self.all() if of(one)]
        for one in ended:
            await self.end(one.key)
        return len(ended)

    async def write_back(self) -> None:
        """Write what Redis has not taken yet. For a timer."""
        if self._unwritten or self._unended:
            await self._write()

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()

    async def _read(self, kept: str) -> None:
        if kept in self._unwritten:
            await self._write()
            return
        values = await self._ask(self._pair(kept))
        if values is None:
            return
        text, seen = values
        one = None if text is None else _decode(kept, text, seen)
        if one is None:
            self._known.pop(kept, None)
        else:
            self._known[kept] = self._newer(one)
            self._bound()

    def _pair(self, kept: str) -> Callable[[], Awaitable[Any]]:
        async def ask() -> list[Any]:
            pipe = self._redis.pipeline(transaction=False)
            pipe.hget(self._all, kept)
            pipe.hget(self._seen, kept)
            return await pipe.execute()

        return ask

    async def _write(self) -> None:
        begun, ended = set(self._unwritten), set(self._unended)

        async def tell() -> bool:
            pipe = self._redis.pipeline(transaction=True)
            if fields := {key: _encode(self._known[key]) for key in begun if key in self._known}:
                pipe.hset(self._all, mapping=cast("dict[Any, Any]", fields))
            if ended:
                pipe.hdel(self._all, *ended)
                pipe.hdel(self._seen, *ended)
            await pipe.execute()
            return True

        if await self._ask(tell):
            self._unwritten -= begun
            self._unended -= ended

    def _newer(self, one: Session) -> Session:
        known = self._known.get(one.key)
        return one if known is None or known.seen_at <= one.seen_at else replace(one, seen_at=known.seen_at)

    def _bound(self) -> None:
        while len(self._known) > MOST:
            oldest = min(self._known.values(), key=lambda one: one.seen_at)
            self._known.pop(oldest.key)
            self._unwritten.discard(oldest.key)

    async def _ask(self, question: Callable[[], Any]) -> Any:
        """Redis' answer; None where it is away, or was a moment ago."""
        if time.monotonic() < self._away_until:
            return None
        try:
            answer = await question()
        except (RedisError, OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            self._away_until = time.monotonic() + ASK_AGAIN_S
            if not self._away:
                log_event(_log, "sessions_from_memory", logging.WARNING, reason=type(error).__name__)
            self._away = True
            return None
        self._away = False
        return answer


def _encode(one: Session) -> str:
    return json.dumps(
        {
            "actor": encode_actor(one.actor),
            "began_at": instant(one.began_at),
            "seen_at": instant(one.seen_at),
            "ends_at": instant(one.ends_at),
            "idle_s": one.idle.total_seconds(),
            "device": one.device,
            "provider_session": one.provider_session,
        }
    )


def _decode(key: str, text: str, seen: str | None) -> Session | None:
    """A session, or None for what cannot be read: it does not count."""
    try:
        value = json.loads(text)
        seen_at = read_instant(value["seen_at"])
        return Session(
            key=key,
            actor=decode_actor(value["actor"]),
            began_at=read_instant(value["began_at"]),
            seen_at=seen_at if seen is None else max(seen_at, read_instant(seen)),
            ends_at=read_instant(value["ends_at"]),
            idle=timedelta(seconds=float(value["idle_s"])),
            device=value["device"],
            provider_session=value["provider_session"],
        )
    except (ValueError, KeyError, TypeError):
        return None
