"""What the ward remembers over days, together: alerts, levels, settings. For pages that look back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from services.alerts.policy.alert import Transition
from services.alerts.records.database import Database
from services.alerts.records.history import History
from services.alerts.records.levels import Levels
from services.alerts.records.settings_history import SettingsHistory


class Memory:
    """The parts. clock: the ward's. kept: how long alerts and settings are kept; levels_kept: how long levels are."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], kept: timedelta, levels_kept: timedelta
    ) -> None:
        self.clock = clock
        self.history = History(database, clock, kept)
        self.levels = Levels(database, clock, levels_kept)
        self.settings = SettingsHistory(database, clock, kept)

    def hear(self, cameras: Sequence[str], changes: Sequence[Transition]) -> None:
        """Alerts have changed. A listener."""
        self.history.note([one.alert for one in changes])

    async def keep_alerts(self) -> bool:
        """Write alerts and settings, where that is possible; whether it was. For a timer."""
        return await self.history.keep() and await self.settings.keep()

    async def keep(self) -> bool:
        """The same, and levels."""
        return await self.keep_alerts() and await self.levels.keep()

    async def forget(self) -> None:
        """Delete what is older than it is kept. For a timer. Raises RecordsUnavailable."""
        await self.history.forget()
        await self.levels.forget()
        await self.settings.forget()
