"""What a shift, a day or a week was like: how long people waited, how often nobody hurt, and what could be seen. Pure.

false-alarm rate  of the alerts that somebody assessed (pain, treated or not, or none), the part with no pain. Alerts
                  without an outcome are counted apart, so that a ward that tells nothing does not look precise.
response          from the first call until somebody was there; answer: until somebody promised to go, or came.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from services.alerts.policy.alert import Alert, Outcome
from services.alerts.policy.coverage import Coverage

Covered = Mapping[str, Mapping[Coverage, timedelta]]
PAIN = (Outcome.PAIN, Outcome.PAIN_TREATED)


@dataclass(frozen=True, slots=True)
class Waits:
    """How long something took. count: of how many; the others: None without any.

    most: what nine of ten did not pass, the nearest rank of the 90th percentile.
    """

    count: int
    middle: timedelta | None = None
    most: timedelta | None = None
    longest: timedelta | None = None


@dataclass(frozen=True, slots=True)
class ShiftReport:
    """alerts: that were raised in the shift, the oldest first. outcomes: of those that have one.

    coverage: for every camera how long each kind lasted; unrecorded: how long nothing was recorded of it.
    """

    alerts: tuple[Alert, ...]
    answer: Waits
    response: Waits
    outcomes: Mapping[Outcome, int]
    coverage: Covered = field(default_factory=dict)
    unrecorded: Mapping[str, timedelta] = field(default_factory=dict)

    @property
    def assessed(self) -> int:
        """How many alerts somebody has assessed."""
        return sum(self.outcomes.get(one, 0) for one in (*PAIN, Outcome.NO_PAIN))

    @property
    def false_rate(self) -> float | None:
        """The part of the assessed ones without pain, 0 to 1; None where nothing was assessed."""
        return self.outcomes.get(Outcome.NO_PAIN, 0) / self.assessed if self.assessed else None

    @property
    def unanswered(self) -> int:
        """How many alerts nobody answered."""
        return sum(answered_at(one) is None for one in self.alerts)

    @property
    def unsaid(self) -> int:
        """How many alerts have no outcome."""
        return len(self.alerts) - sum(self.outcomes.values())

    def total(self, kind: Coverage | None) -> timedelta:
        """How long all cameras together were covered so; None: how long nothing was recorded of them."""
        if kind is None:
            return sum(self.unrecorded.values(), timedelta(0))
        return sum((one.get(kind, timedelta(0)) for one in self.coverage.values()), timedelta(0))


def answered_at(alert: Alert) -> datetime | None:
    """When somebody first promised to go, or came; as far as the alert tells."""
    moments = [one.at for one in (alert.ack, alert.arrival) if one is not None]
    return min(moments, default=None)


def report(
    alerts: Iterable[Alert], covered: Covered, cameras: Sequence[str], start: datetime, end: datetime
) -> ShiftReport:
    """The report of a time. alerts: that may also lie outside of it. covered: how long each kind of
    coverage lasted of every camera in that time. cameras: whose report it is; what is said of others counts nothing."""
    known = [one for one in alerts if one.camera in cameras and start <= one.raised_at < end]
    raised = sorted(known, key=lambda one: one.raised_at)
    outcomes: dict[Outcome, int] = {}
    for one in raised:
        if one.resolution is not None:
            outcomes[one.resolution.outcome] = outcomes.get(one.resolution.outcome, 0) + 1
    coverage = {camera: covered.get(camera, {}) for camera in cameras}
    lasted = {camera: sum(of.values(), timedelta(0)) for camera, of in coverage.items()}
    return ShiftReport(
        alerts=tuple(raised),
        answer=_waits(at - one.raised_at for one in raised if (at := answered_at(one)) is not None),
        response=_waits(one.arrival.at - one.raised_at for one in raised if one.arrival is not None),
        outcomes=outcomes,
        coverage=coverage,
        unrecorded={camera: max(timedelta(0), end - start - span) for camera, span in lasted.items()},
    )


def _waits(spans: Iterable[timedelta]) -> Waits:
    found = sorted(spans)
    if not found:
        return Waits(0)
    middle = timedelta(seconds=median(one.total_seconds() for one in found))
    return Waits(len(found), middle, found[-(-9 * len(found) // 10) - 1], found[-1])
