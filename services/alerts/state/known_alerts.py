"""Alerts that the audit log knows, put back into a ward's state that Redis gave or a replay of the stream makes again.

A camera has one open alert. What Redis kept is the newest. What a replay rebuilds is not: where the clock was set
meanwhile, it may find the same pain under another onset; people know of the written alert, which then stays, with the
worst level. An alert whose end is written is over, whatever the stream says: a person's outcome is not in the stream,
nor is calm seen twice where the clock was set. Evidence before that end is of it, also where a replay begins in the
middle of it; evidence after it counts anew.
"""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from services.alerts.policy.alert import Alert, AlertStatus
from services.alerts.policy.moments import bounded_alert
from services.alerts.state.ward_state import WardState

MOST_OVER = 2_000
"""Of the alerts that are over, the newest so many may have been open in what is replayed."""


class Ended(Protocol):
    """The alerts whose end is written, by id."""

    def whole(self, alert: str) -> Alert | None:
        """One as it was last written, where that is still known."""

    def ended_at(self, alert: str) -> datetime | None:
        """When one ended; None for one that did not."""

    def newest(self, most: int) -> list[Alert]:
        """The newest of those that are known whole."""


class KnownAlerts:
    """Made before the replay: kept are the alerts that are open then. ended: those whose end is written."""

    def __init__(self, ward_state: WardState, ended: Ended) -> None:
        self._ward_state = ward_state
        self._ended = ended
        self._kept = {alert.id for alert in ward_state.open_alerts()}
        self._reopened: set[str] = set()
        self._over: dict[str, list[Alert]] = {}
        for alert in ended.newest(MOST_OVER):
            self._over.setdefault(alert.camera, []).append(alert)

    def reopen(self, alert: Alert, now: datetime) -> bool:
        """Put back an open alert: opened again, or joined with what was rebuilt of it. One that Redis knows as ended
        stays so. Returns False when the site has no such camera any more.
        """
        record = self._ward_state.cameras.get(alert.camera)
        if record is None:
            return False
        self.end(alert.camera)  # a camera has one open alert: what is written as ended was over before this one
        current = record.state.alert
        newer = current is not None and current.id != alert.id and current.id in self._kept
        if newer or any(one.id == alert.id for one in self._ward_state.history):
            return True
        alert = bounded_alert(alert, now, self._ward_state.policy.rules)
        if current is not None and current.id == alert.id:
            alert = joined(current, alert)
        elif current is not None and current.level > alert.level:
            alert = replace(alert, level=current.level, status=AlertStatus.RAISED)
        record.state = replace(record.state, alert=alert, hold_due=None)
        self._reopened.add(alert.id)
        return True

    def stand(self, camera: str, at: datetime) -> None:
        """Put back what was open of a camera at a moment and is over, in place of what a replay makes of its pain."""
        record = self._ward_state.cameras.get(camera)
        current = None if record is None else record.state.alert
        if record is None or (current is not None and self._is_known(current.id)):
            return
        for alert in self._over.get(camera, ()):
            if alert.ended_at is not None and alert.raised_at <= at < alert.ended_at:
                stood = replace(alert, status=AlertStatus.RAISED, resolution=None, cleared_at=None, reassess_at=None)
                record.state = replace(record.state, alert=stood, hold_due=None)
                return

    def end(self, camera: str, by: datetime | None = None) -> None:
        """End a camera's open alert whose end is written as of no later than `by`, or at any time."""
        record = self._ward_state.cameras.get(camera)
        current = None if record is None else record.state.alert
        ended_at = None if current is None else self._ended.ended_at(current.id)
        if record is None or current is None or ended_at is None or (by is not None and ended_at > by):
            return
        record.state = replace(record.state, alert=None, suspects=(), hold_due=None)
        written = self._ended.whole(current.id)
        if written is not None and all(one.id != written.id for one in self._ward_state.history):
            self._ward_state.history.appendleft(written)

    def _is_known(self, alert: str) -> bool:
        return alert in self._kept or alert in self._reopened or self._ended.ended_at(alert) is not None

    def await_look(self, alert: Alert, now: datetime) -> None:
        """Await again a re-assessment that is written as awaited, unless the camera knows a later one."""
        record = self._ward_state.cameras.get(alert.camera)
        if record is None:
            return
        alert = bounded_alert(alert, now, self._ward_state.policy.rules)
        known = record.state.treated
        if known is None or known.changed_at < alert.changed_at:
            record.state = replace(record.state, treated=alert)


def joined(one: Alert, written: Alert) -> Alert:
    """One alert from two memories of it: the later in its life cycle, the worst level, the moment first written."""
    newer = max(one, written, key=lambda alert: alert.changed_at)
    level = max(one.level, written.level)
    status = newer.status if level == newer.level else AlertStatus.RAISED
    return replace(newer, level=level, status=status, raised_at=written.raised_at)
