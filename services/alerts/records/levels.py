"""What was seen of every camera, as spans in which nothing changed: levels, and the gaps between them as gaps.

Kept in memory until it is written, so that nothing waits for the database. A time in which this service did not look
has no span: that nothing is known of it is told by its absence.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Case, ColumnElement, case, delete, extract, func, literal, select

from services.alerts.errors import RecordsUnavailable
from services.alerts.policy.coverage import Coverage, Span
from services.alerts.records.database import Database
from services.alerts.records.tables import Moment, spans

LOOK = timedelta(seconds=30)
"""Looks that lie further apart than this have seen nothing of the time between them."""
WAITING_LIMIT = 200_000


class Levels:
    """Takes what is seen, writes it, reads it. kept: how long it is kept."""

    def __init__(self, database: Database, clock: Callable[[], datetime], kept: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._kept = kept
        self._open: dict[str, Span] = {}
        self._waiting: deque[Span] = deque(maxlen=WAITING_LIMIT)

    def note(self, camera: str, coverage: Coverage, level: int | None, at: datetime) -> None:
        """What is seen of a camera at a moment, from the last look at it on."""
        last = self._open.get(camera)
        if last is None or not timedelta(0) <= at - last.ended_at <= LOOK:
            self._close(last)
            self._open[camera] = Span(camera, at, at, coverage, level)
            return
        self._open[camera] = last = replace(last, ended_at=at)
        if (last.coverage, last.level) != (coverage, level):
            self._close(last)
            self._open[camera] = Span(camera, at, at, coverage, level)

    def forget_open(self) -> None:
        """The clock was set: what is open ends where it is, and what follows begins anew."""
        for one in self._open.values():
            self._close(one)
        self._open.clear()

    async def write(self) -> None:
        """Write what has ended, and how far what is open has come. Raises RecordsUnavailable; then it waits on."""
        batch = list(self._waiting)
        rows = {(one.camera, one.began_at): one for one in (*batch, *self._open.values()) if one.lasts}
        if rows:
            values = [_values(one) for one in rows.values()]
            await self._database.put(spans, values, ("camera", "began_at"))
        for one in batch:
            if self._waiting and self._waiting[0] is one:
                self._waiting.popleft()

    async def read(self, cameras: Iterable[str], start: datetime, end: datetime) -> list[Span]:
        """The spans that touch a time, the oldest first, with what is not written yet. Raises RecordsUnavailable."""
        wanted = set(cameras)
        query = select(spans).where(spans.c.camera.in_(wanted), spans.c.ended_at > start, spans.c.began_at < end)
        async with self._database.transaction() as connection:
            found = [
                Span(row.camera, row.began_at, row.ended_at, Coverage(row.sight), row.level)
                for row in await connection.execute(query)
            ]
        known = {(one.camera, one.began_at): one for one in found}
        for one in (*self._waiting, *self._open.values()):
            if one.camera in wanted and one.lasts and one.ended_at > start and one.began_at < end:
                known[one.camera, one.began_at] = one
        return sorted(known.values(), key=lambda one: (one.began_at, one.camera))

    async def lasted(
        self, cameras: Iterable[str], start: datetime, end: datetime
    ) -> dict[str, dict[Coverage, timedelta]]:
        """How long each coverage of cameras lasted in a time, summed where the spans lie. Raises RecordsUnavailable."""
        await self.write()
        since = case((spans.c.began_at < start, literal(start, Moment())), else_=spans.c.began_at)
        until = case((spans.c.ended_at > end, literal(end, Moment())), else_=spans.c.ended_at)
        query = select(spans.c.camera, spans.c.sight, func.sum(self._seconds(since, until)).label("seconds"))
        query = query.where(spans.c.camera.in_(set(cameras)), spans.c.ended_at > start, spans.c.began_at < end)
        found: dict[str, dict[Coverage, timedelta]] = {}
        async with self._database.transaction() as connection:
            for row in await connection.execute(query.group_by(spans.c.camera, spans.c.sight)):
                found.setdefault(row.camera, {})[Coverage(row.sight)] = timedelta(seconds=float(row.seconds))
        return found

    def _seconds(self, since: Case[datetime], until: Case[datetime]) -> ColumnElement[Any]:
        if self._database.is_sqlite:
            return (func.julianday(until) - func.julianday(since)) * 86_400.0
        return extract("epoch", until - since)

    async def forget(self) -> int:
        """Delete what is older than it is kept; how many spans. Raises RecordsUnavailable."""
        async with self._database.transaction() as connection:
            found = await connection.execute(delete(spans).where(spans.c.ended_at < self._clock() - self._kept))
            return int(found.rowcount)

    async def keep(self) -> bool:
        """Write, where that is possible; whether it was. For a timer."""
        try:
            await self.write()
        except RecordsUnavailable:
            return False
        return True

    def _close(self, one: Span | None) -> None:
        if one is not None and one.lasts:
            self._waiting.append(one)


def _values(one: Span) -> dict[str, object]:
    return {
        "camera": one.camera,
        "began_at": one.began_at,
        "ended_at": one.ended_at,
        "sight": one.coverage.value,
        "level": one.level,
    }
