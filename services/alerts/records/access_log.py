"""Who read and did what. Noted at once, written soon: neither a page nor an act waits for the database.

A person who looks at the same thing again and again (a page that is drawn anew, a program that asks every second) is
noted once a minute for it.
"""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Row

from services.alerts.actor import Actor
from services.alerts.errors import RecordsUnavailable
from services.alerts.records.database import Database
from services.alerts.records.tables import NAME, entries
from services.runtime.logging import get_logger, log_event
from services.runtime.shielded import shielded

_log = get_logger("alerts")

WAITING_LIMIT = 10_000
AGAIN = timedelta(minutes=1)
REMEMBERED = 4096
PAGE = 100


class Kind(StrEnum):
    """What sort of thing was done."""

    READ = "read"
    ACT = "act"
    SIGN_IN = "sign_in"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: who (a copy of what the actor was then), what, of what, in which ward, and whether it was let."""

    at: datetime
    actor: str
    name: str
    role: str
    way: str
    kind: Kind
    action: str
    object: str
    ward: str | None
    outcome: str = "done"


def entry(
    actor: Actor, kind: Kind, action: str, what: str, at: datetime, ward: str | None = None, outcome: str = "done"
) -> Entry:
    """A line about an actor. what, ward: as they were asked for, which may be anything: see `_shown`."""
    who = actor.id, actor.name, actor.role.value, actor.way.value
    return Entry(at, *who, kind, action, _shown(what), None if ward is None else _shown(ward), outcome)


def refused_entry(account: str, action: str, how: str, at: datetime) -> Entry:
    """A line about somebody who is not known and tried an account's door."""
    return Entry(at, "", "somebody", "", how, Kind.SIGN_IN, action, account, None, "refused")


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which lines are asked for; what is None is any. before: a line's number."""

    actor: str | None = None
    kind: Kind | None = None
    wards: tuple[str, ...] | None = None
    before: int | None = None


def _shown(text: str) -> str:
    """As every database takes it, so that no line keeps those behind it from being written: cut to 120 characters, and
    what cannot be printed (PostgreSQL has no NUL) replaced.
    """
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text[: NAME.length])


class AccessLog:
    """Notes and writes. available: whether the last write worked. lost: how many were given up, memory being full."""

    def __init__(self, database: Database, clock: Callable[[], datetime], kept: timedelta) -> None:
        self.available = True
        self.lost = 0
        self._database = database
        self._clock = clock
        self._kept = kept
        self._waiting: deque[Entry] = deque()
        self._seen: OrderedDict[tuple[str, str, str], datetime] = OrderedDict()
        self._lock = asyncio.Lock()

    def note(self, one: Entry) -> None:
        """Keep a line until it is written. Full: the oldest is given up."""
        if one.kind is Kind.READ and self._seen_lately(one):
            return
        self._waiting.append(one)
        if len(self._waiting) > WAITING_LIMIT:
            self._waiting.popleft()
            self.lost += 1

    async def write(self) -> None:
        """Write what waits; what cannot be written waits on. Whoever is cancelled meanwhile cuts nothing short."""
        await shielded(self._write())

    async def _write(self) -> None:
        async with self._lock:
            batch = tuple(self._waiting)
            if not batch and self.available:
                return
            try:
                await self._insert(batch)
            except RecordsUnavailable as error:
                if self.available:
                    log_event(_log, "records_unavailable", logging.ERROR, reason=str(error))
                self.available = False
                return
            self.available = True
            for one in batch:
                if self._waiting and self._waiting[0] is one:
                    self._waiting.popleft()

    async def read(self, wanted: EntryFilter, most: int = PAGE) -> list[tuple[int, Entry]]:
        """The newest lines, with their numbers. Raises RecordsUnavailable."""
        query = select(entries).order_by(entries.c.n.desc()).limit(most)
        if wanted.actor is not None:
            query = query.where(entries.c.actor == wanted.actor)
        if wanted.kind is not None:
            query = query.where(entries.c.kind == wanted.kind.value)
        if wanted.wards is not None:
            query = query.where(entries.c.ward.in_(wanted.wards))
        if wanted.before is not None:
            query = query.where(entries.c.n < wanted.before)
        async with self._database.transaction() as connection:
            return [(int(row.n), entry_of(row)) for row in await connection.execute(query)]

    async def between(self, begin: datetime, end: datetime) -> list[Entry]:
        """All lines of a time, the oldest first. Raises RecordsUnavailable."""
        query = select(entries).where(entries.c.at >= begin, entries.c.at < end).order_by(entries.c.n)
        async with self._database.transaction() as connection:
            return [entry_of(row) for row in await connection.execute(query)]

    async def forget(self) -> int:
        """Delete what is older than it is kept; how many lines. Raises RecordsUnavailable."""
        async with self._database.transaction() as connection:
            found = await connection.execute(delete(entries).where(entries.c.at < self._clock() - self._kept))
            return int(found.rowcount)

    async def _insert(self, batch: Sequence[Entry]) -> None:
        async with self._database.transaction() as connection:
            if batch:
                await connection.execute(insert(entries), [_values(one) for one in batch])
            else:
                await connection.execute(select(1))

    def _seen_lately(self, one: Entry) -> bool:
        key = (one.actor, one.action, one.object)
        last = self._seen.get(key)
        if last is not None and timedelta(0) <= one.at - last < AGAIN:
            return True
        self._seen[key] = one.at
        self._seen.move_to_end(key)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return False


def _values(one: Entry) -> dict[str, object]:
    return {name: getattr(one, name) for name in Entry.__slots__}


def entry_of(row: Row[tuple[object, ...]]) -> Entry:
    """A line out of the table."""
    found = row._mapping
    return Entry(**{name: found[name] for name in Entry.__slots__} | {"kind": Kind(found["kind"])})
