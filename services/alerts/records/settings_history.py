"""What people have set for a ward, with what was before: a projection of the audit log, which stays what counts."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from services.alerts.errors import RecordsUnavailable
from services.alerts.policy.ward_act import CONSENTS, WardAct, WardChange
from services.alerts.records.database import Database
from services.alerts.records.tables import settings_made
from services.runtime.shielded import shielded

SETTINGS = CONSENTS | {WardChange.PLAN_SET, WardChange.PLAN_ENDED}
"""Acts that set something which stays, and pauses of cameras."""
WAITING_LIMIT = 1000
PAGE = 50


@dataclass(frozen=True, slots=True)
class SettingMade:
    """One such act. name: who; details: JSON values, before and after."""

    at: datetime
    scope: str
    change: WardChange
    name: str
    details: Mapping[str, object]


class SettingsHistory:
    """Takes acts, writes them, reads them. kept: how long they are kept."""

    def __init__(self, database: Database, clock: Callable[[], datetime], kept: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._kept = kept
        self._waiting: deque[WardAct] = deque(maxlen=WAITING_LIMIT)
        self._lock = asyncio.Lock()

    def note(self, act: WardAct) -> None:
        """Keep an act until it is written, where it set something."""
        if act.change in SETTINGS:
            self._waiting.append(act)

    async def write(self) -> None:
        """Write what waits, once, whoever asks for it meanwhile or is cancelled.

        Raises RecordsUnavailable; then it waits on.
        """
        await shielded(self._write())

    async def _write(self) -> None:
        async with self._lock:
            batch = list(self._waiting)
            if batch:
                async with self._database.transaction() as connection:
                    await connection.execute(insert(settings_made), [_values(one) for one in batch])
            for one in batch:
                if self._waiting and self._waiting[0] is one:
                    self._waiting.popleft()

    async def read(self, ward: str, most: int = PAGE) -> list[SettingMade]:
        """The newest of a ward. Raises RecordsUnavailable."""
        await self.write()
        wanted = select(settings_made).where(settings_made.c.ward == ward)
        query = wanted.order_by(settings_made.c.at.desc(), settings_made.c.n.desc()).limit(most)
        async with self._database.transaction() as connection:
            return [
                SettingMade(row.at, row.scope, WardChange(row.change), row.name, row.details)
                for row in await connection.execute(query)
            ]

    async def forget(self) -> int:
        """Delete what is older than it is kept; how many. Raises RecordsUnavailable."""
        async with self._database.transaction() as connection:
            query = delete(settings_made).where(settings_made.c.at < self._clock() - self._kept)
            return int((await connection.execute(query)).rowcount)

    async def keep(self) -> bool:
        """Write, where that is possible; whether it was. For a timer."""
        try:
            await self.write()
        except RecordsUnavailable:
            return False
        return True


def _values(act: WardAct) -> dict[str, object]:
    return {
        "at": act.at,
        "ward": act.scope.split("/")[0],
        "scope": act.scope,
        "change": act.change.value,
        "name": "" if act.by is None else act.by.name,
        "details": dict(act.details),
    }
