"""What may be processed of a resident's camera: a consent, pauses, times of care; what the room is told of them. Pure.

A consent has who decided (the resident, or whoever may for them), who recorded it, and the day until which it is good;
after that day it allows nothing. A pause wins over every consent. Times of care are by the clock on the ward's wall:
where that shows a time twice, a pause lasts through both; where it leaves one out, it begins before and ends after.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from services.alerts.actor import Actor
from services.alerts.policy.errors import ConsentError

LONGEST_REVIEW = timedelta(days=366)
"""A consent is looked at again within a year."""
REVIEW_TOLD = timedelta(days=7)
"""So long before its last day a consent is told of."""
LONGEST_PAUSE = timedelta(hours=24)
MOST_TIMES = 8
LONGEST_TIME = timedelta(hours=4)
WORD_LIMIT = 60
DAY = timedelta(days=1)


class Basis(StrEnum):
    """Of what is processed: allowed by the resident, decided for somebody who cannot, or not allowed any more."""

    GIVEN = "given"
    BEST_INTEREST = "best_interest"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Consent:
    """One record. decided_by: who allowed or withdrew it, in words; by, at: who recorded it, and when."""

    by: Actor
    at: datetime
    basis: Basis
    decided_by: str
    review_on: date
    note: str = ""

    def __post_init__(self) -> None:
        """Raises ConsentError for what no consent may say."""
        if not self.decided_by.strip():
            raise ConsentError("a consent needs who decided it")
        if self.basis is not Basis.WITHDRAWN and self.review_on - self.at.date() > LONGEST_REVIEW:
            raise ConsentError("a consent is looked at again within a year")

    def is_due(self, today: date) -> bool:
        """Whether it must be looked at again soon, or had to be."""
        return self.basis is not Basis.WITHDRAWN and today + REVIEW_TOLD >= self.review_on

    def is_over(self, today: date) -> bool:
        """Whether its last day has passed."""
        return self.basis is not Basis.WITHDRAWN and today > self.review_on


@dataclass(frozen=True, slots=True)
class CameraPause:
    """Somebody wished that nothing be processed for a while."""

    by: Actor
    at: datetime
    until: datetime
    why: str = ""


@dataclass(frozen=True, slots=True)
class CareTime:
    """A time of care on days of the week (0 is Monday), over midnight where end is not after start.

    by, at: who set it.
    """

    by: Actor
    at: datetime
    start: time
    end: time
    days: tuple[int, ...]
    why: str = ""

    def __post_init__(self) -> None:
        """Raises ConsentError for what is no such time."""
        if not self.days or not set(self.days) <= set(range(7)):
            raise ConsentError("a time of care has days of the week")
        if self.lasts > LONGEST_TIME:
            raise ConsentError("a time of care lasts 4 hours at most")

    @property
    def lasts(self) -> timedelta:
        """By the clock on the wall: more than nothing, at most a day."""
        span = timedelta(hours=self.end.hour - self.start.hour, minutes=self.end.minute - self.start.minute)
        return span if span > timedelta(0) else span + DAY

    def on(self, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
        """When it begins and ends that begins on a day."""
        begin = datetime.combine(day, self.start)
        return min(_moments(begin, zone)), max(_moments(begin + self.lasts, zone))


@dataclass(frozen=True, slots=True)
class Stop:
    """A time in which nothing of a camera is processed, who wished it, and why."""

    begin: datetime
    end: datetime
    by: Actor
    why: str


@dataclass(frozen=True, slots=True)
class Lifted:
    """A pause begun in the room that somebody of the ward ended."""

    pause: str
    by: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """All that stands for one camera."""

    consent: Consent | None = None
    pause: CameraPause | None = None
    times: tuple[CareTime, ...] = ()
    lifted: tuple[Lifted, ...] = ()

    def basis(self, today: date) -> str:
        """In the words of services/bus/statement.py."""
        if self.consent is None:
            return "none"
        return "review_passed" if self.consent.is_over(today) else self.consent.basis.value

    def allows(self, today: date) -> bool:
        """Whether the camera may be processed, but for pauses."""
        return self.basis(today) in (Basis.GIVEN, Basis.BEST_INTEREST)

    def running(self, now: datetime, zone: tzinfo) -> Stop | None:
        """What stops the camera at a moment; the one that ends last."""
        found = [one for one in self.stops(now, now + timedelta(seconds=1), zone) if one.begin <= now < one.end]
        return max(found, key=lambda one: one.end, default=None)

    def stops(self, start: datetime, end: datetime, zone: tzinfo) -> list[Stop]:
        """Every stop that touches a time, in their order; those that touch each other are one."""
        if self.pause is None and not self.times:
            return []
        found = [] if self.pause is None else [Stop(self.pause.at, self.pause.until, self.pause.by, self.pause.why)]
        first, last = (start - 2 * DAY).astimezone(zone).date(), (end + DAY).astimezone(zone).date()
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        for one in self.times:
            spans = [one.on(day, zone) for day in days if day.weekday() in one.days]
            found += [Stop(begin, ended, one.by, one.why) for begin, ended in spans]
        return _joined(one for one in found if one.begin < end and start < one.end)


def _joined(stops: Iterable[Stop]) -> list[Stop]:
    joined: list[Stop] = []
    for one in sorted(stops, key=lambda stop: stop.begin):
        if joined and one.begin <= joined[-1].end:
            last = joined[-1]
            longer = max(last, one, key=lambda stop: stop.end)
            joined[-1] = Stop(last.begin, longer.end, longer.by, longer.why)
        else:
            joined.append(one)
    return joined


def _moments(wall: datetime, zone: tzinfo) -> list[datetime]:
    """The moments that a time on the wall may mean, in UTC."""
    return [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
