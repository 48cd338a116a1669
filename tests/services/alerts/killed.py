"""A ward under load in which something is killed at drawn moments: two replicas, real NATS, Redis, and a database.

Load: every three quarters of a second somebody hurts in another room, a nurse accepts, comes and says what it was,
while servers go and come; in one room an alert of level 3 stands that nobody answers, by which it shows that timers go
on.
What is looked at is the whole log, so that a look after several kills sees what any of them did.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import random
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import httpx

from localsite.nats_pair import NatsPair
from localsite.postgres_server import PostgresServer
from localsite.process import START_TIMEOUT_S
from localsite.redis_server import RedisServer, start_redis
from services.alerts.audit.head import Head, opened_head
from services.alerts.audit.signature import make_keys, public_key
from services.alerts.audit.verification import Harm, check
from tests.services.alerts.notify.receiver import Receiver
from tests.services.alerts.replicas import Replica, leaders
from tests.services.alerts.rooms import Rooms
from tests.support.waiting import PATIENCE_S, eventually

Victim = Literal["redis", "database", "hub", "leader"]
VICTIMS: tuple[Victim, ...] = ("redis", "database", "hub", "leader")
Rolled = Literal["leaf", "hub", "redis", "database", "follower", "leader"]
ROLLED: tuple[Rolled, ...] = ("leaf", "hub", "redis", "database", "follower", "leader")
UNANSWERED = "room-9"
BUSY = tuple(f"room-{number}" for number in range(1, 9))
LATEST_S, LONGEST_S = 1.5, 2.0
"""How long after everything serves something is killed at the latest, and stays away at the most."""
APART_S = 6.0
"""Between two episodes of a room: as old is the first evidence of one."""
NURSES = 4


@dataclass
class House:
    """The servers and both replicas. episodes: the ids of the alerts that were raised, by what the test has seen."""

    pair: NatsPair
    redis: RedisServer
    postgres: PostgresServer | None
    replicas: tuple[Replica, Replica]
    receiver: Receiver
    rooms: Rooms
    folder: Path
    episodes: list[str] = field(default_factory=list)
    hurt_at: dict[str, datetime] = field(default_factory=dict)

    async def ask(self, method: str, path: str, body: dict[str, str] | None = None) -> httpx.Response:
        """An answer of whichever replica gives one, asked until one does."""

        async def answered() -> httpx.Response | None:
            for one in self.replicas:
                with contextlib.suppress(httpx.HTTPError):
                    if one.running:
                        async with await one.client() as client:
                            answer = await client.request(method, path, json=body or {})
                        if answer.status_code in (200, 409):
                            return answer
            return None

        found = await eventually(answered)
        assert found is not None
        return found

    async def hurts(self, room: str, level: int = 2) -> dict[str, Any]:
        """Somebody hurts; the alert that stands for it."""

        async def later() -> bool:
            return datetime.now(UTC) - timedelta(seconds=APART_S) > self.hurt_at.get(
                room, datetime.min.replace(tzinfo=UTC)
            )

        await eventually(later)
        self.hurt_at[room] = datetime.now(UTC)
        await self.rooms.pain(room, level, APART_S)
        await self.rooms.pain(room, level, 0.5)
        known = set(self.episodes)

        async def there() -> dict[str, Any] | None:
            found = (await self.ask("GET", "/api/v1/alerts")).json()["open"]
            return next((one for one in found if f"/{room}/" in one["camera"] and one["id"] not in known), None)

        found = await eventually(there)
        assert found is not None
        self.episodes.append(found["id"])
        return found

    async def episode(self, room: str) -> None:
        """From pain to an outcome. An act whose answer was lost is asked for again, and is in conflict then."""
        alert = await self.hurts(room)
        for verb, body in (("ack", None), ("arrive", None), ("resolve", {"outcome": "no_pain"})):
            await self.ask("POST", f"/api/v1/alerts/{alert['id']}/{verb}", body)

    async def works(self, nurse: int, over: asyncio.Event) -> None:
        """One nurse goes from room to room, until all is over."""
        await asyncio.sleep(nurse * APART_S / len(BUSY))
        for room in itertools.cycle(BUSY[nurse::NURSES]):
            if over.is_set():
                return
            await self.episode(room)

    def leading(self) -> Replica:
        """Whoever the logs say leads."""
        newest = max(self.replicas, key=lambda one: len(one.lines()))
        return next(one for one in self.replicas if one.replica == leaders(newest)[-1])

    async def without(self, victim: Victim, away_s: float) -> None:
        """Kill it, and start it again after a while."""
        match victim:
            case "redis":
                self.redis.kill()
                await asyncio.sleep(away_s)
                self.redis = await asyncio.to_thread(start_redis, self.redis.socket.parent)
            case "hub":
                self.pair.hub.kill()
                await asyncio.sleep(away_s)
                await asyncio.to_thread(self.pair.restart_hub)
            case "leader":
                leader = self.leading()
                leader.kill()
                await asyncio.sleep(away_s)
                await leader.begin()
            case "database" if self.postgres is not None:
                self.postgres.kill()
                await asyncio.sleep(away_s)
                await asyncio.to_thread(self.postgres.start_again)
            case "database":
                with _held(Path(self.replicas[0].database.removeprefix("sqlite:///"))):
                    await asyncio.sleep(away_s)

    async def moments(self, numbers: Sequence[int], seed: int) -> None:
        """Under load something is killed at drawn moments, one after the other; then all is as it should be."""

        async def killed() -> None:
            for number in numbers:
                draw = random.Random(f"{seed} {number}")
                await asyncio.sleep(draw.uniform(0.0, LATEST_S))
                await self.without(VICTIMS[number % len(VICTIMS)], draw.uniform(0.0, LONGEST_S))
                await self.ask("GET", "/api/v1/alerts")

        await self.under_load(killed)

    async def rolled(self) -> None:
        """Under load everything is stopped as an upgrade stops it, and started again; then all is as it should be."""

        async def renewed() -> None:
            for name in ROLLED:
                await self.renew(name)
                further = len(self.episodes) + NURSES

                async def got_over(further: int = further) -> bool:
                    return len(self.episodes) > further

                await eventually(got_over)

        await self.under_load(renewed)

    async def renew(self, name: Rolled) -> None:
        """End it by the signal that its container gets, and start it again."""
        match name:
            case "leaf":
                await asyncio.to_thread(self.pair.leaf.stop)
                await asyncio.to_thread(self.pair.restart_leaf)
            case "hub":
                await asyncio.to_thread(self.pair.hub.stop)
                await asyncio.to_thread(self.pair.restart_hub)
            case "redis":
                await asyncio.to_thread(self.redis.stop)
                self.redis = await asyncio.to_thread(start_redis, self.redis.socket.parent)
            case "database":
                assert self.postgres is not None
                os.kill(self.postgres.process.pid, signal.SIGINT)  # as its image asks for: clients are sent away
                await asyncio.to_thread(self.postgres.process.wait, START_TIMEOUT_S)
                await asyncio.to_thread(self.postgres.start_again)
            case "follower" | "leader":
                leader = self.leading()
                one = leader if name == "leader" else next(other for other in self.replicas if other is not leader)
                assert await asyncio.to_thread(one.stop) == 0, one.log_end()
                await one.begin()

    async def under_load(self, harm: Callable[[], Awaitable[None]]) -> None:
        """While nurses work; then all is as it should be."""
        before, over = self.signals(), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for nurse in range(NURSES):
                tasks.create_task(self.works(nurse, over))
            await harm()
            over.set()
        await eventually(self.is_settled)

        async def goes_on() -> bool:
            return self.signals() > before

        await eventually(goes_on)
        self.check()
        heads = self.heads()  # read before the copies: a head may be signed before a copy has its line

        async def both_have_it() -> bool:
            return min(len(one.lines()) for one in self.replicas) >= max(one.place.count for one in heads)

        await eventually(both_have_it)
        for one in self.replicas:
            found = check(one.audit.read_bytes().splitlines(keepends=True), heads)
            assert [finding for finding in found.findings if finding.harm is not Harm.CUT] == []
            assert found.end.count >= max(head.place.count for head in heads)
            assert found.vouched is not None

    def signals(self) -> int:
        """How often the alert that nobody answers has called, by the log."""
        called = [one["alert"]["signals"] for one in self.log() if one.get("alert", {}).get("id") == self.episodes[0]]
        return max(called, default=0)

    def log(self) -> list[dict[str, Any]]:
        return max((one.lines() for one in self.replicas), key=len)

    async def is_settled(self) -> bool:
        """Everything serves again; both copies of the log are equal, and have the end of every episode."""
        if not all([await one.is_ready() for one in self.replicas]) or not await self.leading().is_whole():
            return False
        ended = {one["alert"]["id"] for one in self.log() if one["change"] == "resolved"}
        equal = len({one.audit.read_bytes() for one in self.replicas}) == 1
        return equal and set(self.episodes[1:]) <= ended

    def check(self) -> None:
        """No alarm is lost and none doubled."""
        steps = Counter((one["change"], one["alert"]["id"]) for one in self.log() if "alert" in one)
        once = ("raised", "acknowledged", "arrived", "resolved")
        twice = {step for step, times in steps.items() if step[0] in once and times > 1}
        assert [one for one in self.log() if "alert" in one and (one["change"], one["alert"]["id"]) in twice] == []
        assert {name for change, name in steps if change == "raised"} == set(self.episodes)
        assert {name for change, name in steps if change == "resolved"} == set(self.episodes[1:])
        repeats = self.receiver.unmarked_repeats()
        assert repeats == [], [self.receiver.told(name) for name in repeats]

    def heads(self) -> list[Head]:
        key = public_key(self.folder / "audit.pub")
        lines = (self.folder / "heads.jsonl").read_bytes().splitlines(keepends=True)
        return [opened_head(line, [key]) for line in lines if line.endswith(b"\n")]


@contextlib.contextmanager
def _held(file: Path) -> Iterator[None]:
    """Another process' hand on an SQLite database: nobody reads or writes meanwhile."""
    one = sqlite3.connect(file, isolation_level=None, timeout=PATIENCE_S)
    try:
        one.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        one.close()


@asynccontextmanager
async def house(
    pair: NatsPair, rooms: Rooms, receiver: Receiver, folder: Path, postgres: PostgresServer | None
) -> AsyncIterator[House]:
    """One in which the alert that nobody answers stands already."""
    make_keys(folder / "audit.key", folder / "audit.pub")
    settings: dict[str, object] = {
        "webhook_urls": json.dumps([receiver.url]),
        "repeat_s": 2.0,
        "audit_key": folder / "audit.key",
        "audit_heads_file": folder / "heads.jsonl",
    }
    if postgres is not None:
        settings["database_url"] = postgres.new_database()
    redis = start_redis(folder / "redis")
    first, second = (Replica(pair, redis.url, folder, name, **settings) for name in ("alerts-0", "alerts-1"))
    one = House(pair, redis, postgres, (first, second), receiver, rooms, folder)
    try:
        await first.begin()
        await second.begin()
        await one.hurts(UNANSWERED, 3)
        yield one
    finally:
        for replica in one.replicas:
            replica.kill()
        one.redis.kill()
