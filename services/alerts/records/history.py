"""Every alert as it last stood, to be searched: a projection of the audit log, which stays what counts.

Noted at once, written soon: no alarm waits for the database. What is written twice stands there once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, or_, select

from services.alerts.codec import decode_alert, encode_alert
from services.alerts.errors import RecordsUnavailable
from services.alerts.policy.alert import Alert, Outcome
from services.alerts.records.database import Database
from services.alerts.records.tables import episodes

PAGE, PART = 50, 200
WAITING_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts are asked for; what is None is any. words: in names and reasons; before: raised before it.

    unsaid: those without an outcome alone. after: those that come after this alert (an id) alone, the newest first.
    """

    wards: tuple[str, ...] | None = None
    room: str | None = None
    words: str = ""
    level: int | None = None
    outcome: Outcome | None = None
    unsaid: bool = False
    since: datetime | None = None
    before: datetime | None = None
    after: str | None = None


class History:
    """Takes alerts, writes them, finds them. kept: how long they are kept."""

    def __init__(self, database: Database, clock: Callable[[], datetime], kept: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._kept = kept
        self._waiting: dict[str, Alert] = {}

    def note(self, alerts: Iterable[Alert]) -> None:
        """Keep alerts until they are written. Full: the oldest is given up here; the audit log has it."""
        for one in alerts:
            self._waiting.pop(one.id, None)
            self._waiting[one.id] = one
        while len(self._waiting) > WAITING_LIMIT:
            self._waiting.pop(next(iter(self._waiting)))

    async def write(self) -> None:
        """Write what waits. Raises RecordsUnavailable; then it waits on."""
        batch = list(self._waiting.values())
        if batch:
            await self._database.put(episodes, [_values(one) for one in batch], ("id",))
        for one in batch:
            if self._waiting.get(one.id) is one:
                del self._waiting[one.id]

    async def find(self, wanted: Wanted, most: int = PAGE) -> list[Alert]:
        """The newest alerts that are asked for. Raises RecordsUnavailable."""
        await self.write()
        query = _query(wanted).order_by(episodes.c.raised_at.desc(), episodes.c.id).limit(most)
        async with self._database.transaction() as connection:
            return [decode_alert(row.body) for row in await connection.execute(query)]

    async def all_of(self, wanted: Wanted) -> list[Alert]:
        """Every alert that is asked for, the newest first; read in parts. Raises RecordsUnavailable."""
        found: list[Alert] = []
        while part := await self.find(wanted, PART):
            found += part
            wanted = replace(wanted, after=part[-1].id)
        return found

    async def forget(self) -> int:
        """Delete what is older than it is kept; how many alerts. Raises RecordsUnavailable."""
        async with self._database.transaction() as connection:
            found = await connection.execute(delete(episodes).where(episodes.c.raised_at < self._clock() - self._kept))
            return int(found.rowcount)

    async def keep(self) -> bool:
        """Write, where that is possible; whether it was. For a timer."""
        try:
            await self.write()
        except RecordsUnavailable:
            return False
        return True


def _query(wanted: Wanted) -> Select[Any]:
    query = select(episodes.c.body)
    equal = {"level": wanted.level, "outcome": wanted.outcome, "room": wanted.room}
    for name, value in equal.items():
        if value is not None:
            query = query.where(episodes.c[name] == value)
    if wanted.unsaid:
        query = query.where(episodes.c.outcome.is_(None))
    if wanted.wards is not None:
        query = query.where(episodes.c.ward.in_(wanted.wards))
    if wanted.since is not None:
        query = query.where(episodes.c.raised_at >= wanted.since)
    if wanted.before is not None:
        query = query.where(episodes.c.raised_at < wanted.before)
    if wanted.after is not None:
        raised = select(episodes.c.raised_at).where(episodes.c.id == wanted.after).scalar_subquery()
        later = and_(episodes.c.raised_at == raised, episodes.c.id > wanted.after)
        query = query.where(or_(episodes.c.raised_at < raised, later))
    for word in wanted.words.casefold().split()[:8]:
        query = query.where(episodes.c.words.contains(word, autoescape=True))
    return query


def words_of(alert: Alert) -> str:
    """What an alert is found by: who acted, and what they said."""
    said = [one.by.name for one in (alert.ack, alert.arrival) if one is not None]
    for one in (alert.resolution, alert.reassessed):
        said += [] if one is None else [one.by.name, one.reason]
    return " ".join(said).casefold()[:2000]


def _values(one: Alert) -> dict[str, object]:
    ward, room, _ = one.camera.split("/", 2)
    return {
        "id": one.id,
        "ward": ward,
        "room": room,
        "camera": one.camera,
        "level": one.level,
        "raised_at": one.raised_at,
        "ended_at": one.ended_at,
        "outcome": None if one.resolution is None else one.resolution.outcome.value,
        "words": words_of(one),
        "body": encode_alert(one),
    }
