"""Looks at every camera every few seconds, and notes what is seen of it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from services.alerts.policy.coverage import Coverage, coverage
from services.alerts.policy.technical import technical_conditions
from services.alerts.records.levels import Levels
from services.alerts.state.camera_record import CameraRecord
from services.alerts.state.ward_state import WardState

WRITTEN_EVERY = timedelta(seconds=30)
"""As often what is open is written, so that a crash loses no more than this of a span's end."""


class LevelWatch:
    """The looks. looked_at: when the last one was."""

    def __init__(self, ward_state: WardState, levels: Levels, clock: Callable[[], datetime]) -> None:
        self._ward_state = ward_state
        self._levels = levels
        self._clock = clock
        self.looked_at = clock()
        self._written_at = self.looked_at

    def is_due(self) -> bool:
        """Whether what is open is to be written now; then it is not again for a while."""
        now = self._clock()
        if timedelta(0) <= now - self._written_at < WRITTEN_EVERY:
            return False
        self._written_at = now
        return True

    async def look(self) -> None:
        """Note every camera as it stands now. For a timer."""
        now = self._clock()
        for record in self._ward_state.cameras.values():
            seen = self._coverage(record, now)
            self._levels.note(record.state.camera, seen, self._level(record) if seen is Coverage.SEEN else None, now)
        self.looked_at = now

    def _coverage(self, record: CameraRecord, now: datetime) -> Coverage:
        policy = self._ward_state.policy
        conditions = technical_conditions(self._ward_state.watched(record), policy, now)
        return coverage(conditions, record.state.last is not None and not policy.is_stale(record.state, now))

    def _level(self, record: CameraRecord) -> int | None:
        """The worst level since the last look, else the newest: between two looks nothing bad is passed over."""
        since = [level for at, level in record.levels if at > self.looked_at]
        newest = record.state.last
        return max(since) if since else None if newest is None else newest.level
