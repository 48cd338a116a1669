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
    """The looks."""

    def __init__(self, ward_state: WardState, levels: Levels, clock: Callable[[], datetime]) -> None:
        self._ward_state = ward_state
        self._levels = levels
        self._clock = clock
        self._seen: dict[str, int] = {}
        """How many of a camera's levels there were at the last look: one may come after it that was captured before."""
        self._written_at = clock()

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
            seen, level = self._coverage(record, now), self._level(record)
            self._levels.note(record.state.camera, seen, level if seen is Coverage.SEEN else None, now)

    def _coverage(self, record: CameraRecord, now: datetime) -> Coverage:
        policy = self._ward_state.policy
        conditions = technical_conditions(self._ward_state.watched(record), policy, now)
        return coverage(conditions, record.state.last is not None and not policy.is_stale(record.state, now))

    def _level(self, record: CameraRecord) -> int | None:
        """The worst level that came since the last look, else the newest: nothing bad is passed over between two."""
        camera, applied = record.state.camera, record.state.applied
        came = applied - self._seen.get(camera, applied)
        self._seen[camera] = applied
        since = [level for _, level in record.levels][-came:] if came > 0 else []
        newest = record.state.last
        return max(since) if since else None if newest is None else newest.level
