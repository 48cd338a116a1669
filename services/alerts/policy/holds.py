"""What keeps an open alert from calling for a while, though it stays open and is shown: pause, quiet time, inhibition.

pause       somebody at the bed asked for it; it ends by itself and covers every level.
quiet time  by the clock of the ward, daily; never covers level 3.
inhibition  the camera cannot be assessed, which calls in its own lane. It holds calls again only: what is new of an
            alert calls. Never covers level 3.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from services.alerts.actor import Actor
from services.alerts.policy.errors import PlanError
from services.alerts.policy.thresholds import SEVERE

NEVER = datetime.max.replace(tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pause:
    """Who asked for silence, when, until when, and why (may be empty)."""

    by: Actor
    at: datetime
    until: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class QuietTime:
    """Every day from start until end, by the ward's clock; over midnight where end is not after start."""

    start: time
    end: time

    def __post_init__(self) -> None:
        """Raises PlanError for what is no hour and minute on the ward's wall."""
        if any(one.tzinfo or one.second or one.microsecond for one in (self.start, self.end)):
            raise PlanError("a quiet time is written as: 22:00-06:00")

    @property
    def lasts(self) -> timedelta:
        """How long it is by the clock, more than nothing and at most a day."""
        span = timedelta(
            hours=self.end.hour - self.start.hour,
            minutes=self.end.minute - self.start.minute,
        )
        return span if span > timedelta(0) else span + DAY

    def ends(self, at: datetime, zone: tzinfo) -> datetime | None:
        """The end of the quiet time that at lies in; None outside it. By the clock on the wall, whatever it is set."""
        local = at.astimezone(zone).replace(tzinfo=None)
        for days in (1, 0):
            began = datetime.combine(local.date() - timedelta(days=days), self.start)
            ended = began + self.lasts
            if began <= local < ended:
                ends = (ended.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
                return min((end for end in ends if end > at), default=at + timedelta(hours=1))
        return None


@dataclass(frozen=True, slots=True)
class Holds:
    """Everything that may hold the calls of one camera's alert at a time."""

    pause: Pause | None = None
    quiet: tuple[QuietTime, ...] = ()
    zone: tzinfo = UTC
    inhibited: bool = False

    def end(self, level: int, at: datetime) -> datetime:
        """The first moment from at on at which an alert of this level may call; NEVER where that is not known."""
        for _ in range(len(self.quiet) + 2):
            later = self._end(level, at)
            if later is None:
                return at
            at = later
        return at

    def silence(self, level: int, at: datetime) -> bool:
        """Whether what is new of an alert of this level may not call at that moment."""
        return self.why(level, at) in ("pause", "quiet")

    def why(self, level: int, at: datetime) -> str | None:
        """pause, quiet or inhibited; None where an alert of this level may call at that moment."""
        if self.pause is not None and at < self.pause.until:
            return "pause"
        if level >= SEVERE:
            return None
        if any(one.ends(at, self.zone) for one in self.quiet):
            return "quiet"
        return "inhibited" if self.inhibited else None

    def _end(self, level: int, at: datetime) -> datetime | None:
        if self.pause is not None and at < self.pause.until:
            return self.pause.until
        if level >= SEVERE:
            return None
        if self.inhibited:
            return None if at == NEVER else NEVER
        return max((end for one in self.quiet if (end := one.ends(at, self.zone))), default=None)
