"""Whether a camera may be processed at a moment, from what the room holds of it. Pure; by the monotonic clock alone.

The room reads no wall clock here. Of the ward's it knows two bounds: a statement was issued after its question was
asked, and before it was heard, so that since then the ward's clock has come at least as far as the time since it was
heard, and at most as far as the time since the question was asked. A pause holds while any moment between the bounds
lies in it; what is allowed ends with the later bound. So whatever the room's wall clock is set to, no pause ends early
and nothing is allowed longer. What the ward's own clock is set to comes with its next statement, and is the ward's.

A pause begun in the room has a length and no clock: it ends when so much time has passed by the monotonic clock; a
device that was switched off meanwhile begins the whole length anew, because nobody knows how long it was off.

pause > withdrawn, no consent > expired: the first that applies is told, and any of them closes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.bus.statement import Statement, Window

Closed = Literal["", "paused", "consent_withdrawn", "no_consent", "consent_unknown"]
IN_ROOM = "room"
"""Who paused, where the button in the room was pressed: nobody knows more."""
MOST_PAUSES = 16
"""Begun in the room, of one camera; as many as a statement can lift."""


@dataclass(frozen=True)
class RoomPause:
    """A pause begun in the room. id: 32 hexadecimal digits. begun: monotonic seconds; lasts_s: at most from then."""

    id: str
    begun: float
    lasts_s: float
    why: str

    def left_s(self, now: float) -> float:
        """Seconds until its end; not above 0 when it is over. Never more than its length, whatever `now` is."""
        return min(self.lasts_s, self.begun + self.lasts_s - now)


@dataclass(frozen=True)
class Taken:
    """A statement that was taken. asked: when its question was first asked; heard: when it came; monotonic seconds."""

    statement: Statement
    asked: float
    heard: float

    def latest(self, now: float) -> datetime:
        """The latest moment that the ward's clock can show, unless it was set since."""
        return self.statement.issued + timedelta(seconds=now - self.asked)

    def earliest(self, now: float) -> datetime:
        """The earliest one."""
        return self.statement.issued + timedelta(seconds=now - self.heard)


@dataclass(frozen=True)
class Held:
    """All that the room holds of a camera. number: the newest taken, also where its statement is forgotten.

    why: what closes the camera where no statement is there. broken: the store cannot keep what is held.
    """

    number: int = 0
    taken: Taken | None = None
    pauses: tuple[RoomPause, ...] = ()
    why: str = "never_heard"
    broken: bool = False

    def with_pause(self, pause: RoomPause, now: float) -> Held:
        """One more pause begun in the room; those that are over are left out.

        Who presses the button again and again fills neither memory nor disk: of more than MOST_PAUSES those that end
        first are let go, since the others last longer.
        """
        running = sorted((*self.pauses, pause), key=lambda one: one.left_s(now))
        return replace(self, pauses=tuple(one for one in running[-MOST_PAUSES:] if one.left_s(now) > 0))


@dataclass(frozen=True)
class Verdict:
    """status: empty where the camera may be processed. by, why, left_s, pause: of a pause; why also else.

    left_s: seconds until the pause's end, as far as is known.
    """

    status: Closed
    by: str = ""
    why: str = ""
    left_s: float | None = None
    pause: str = ""

    @property
    def may(self) -> bool:
        """Whether the camera may be processed."""
        return not self.status


OPEN = Verdict("")


def judge(held: Held, now: float) -> Verdict:
    """Whether the camera may be processed at `now`, monotonic seconds; where it may not, what to say."""
    taken = held.taken
    lifted = taken.statement.lifted if taken else ()
    running = [one for one in held.pauses if one.left_s(now) > 0 and one.id not in lifted]
    if running:
        last = max(running, key=lambda one: one.left_s(now))
        return Verdict("paused", IN_ROOM, last.why, last.left_s(now), last.id)
    if held.broken:
        return Verdict("consent_unknown", why="store")
    if taken is None:
        return Verdict("consent_unknown", why=held.why)
    window = _running(taken, now)
    if window is not None:
        left = (window.end - taken.earliest(now)).total_seconds()
        return Verdict("paused", window.by, window.why, left)
    return _allowed(taken, now)


def _running(taken: Taken, now: float) -> Window | None:
    earliest, latest = taken.earliest(now), taken.latest(now)
    found = [one for one in taken.statement.windows if one.begin <= latest and earliest < one.end]
    return max(found, key=lambda one: one.end, default=None)


def _allowed(taken: Taken, now: float) -> Verdict:
    statement = taken.statement
    if statement.basis == "withdrawn":
        return Verdict("consent_withdrawn", why=statement.basis)
    if not statement.allows:
        return Verdict("no_consent", why=statement.basis)
    if now < taken.heard or taken.latest(now) >= statement.expires:
        return Verdict("consent_unknown", why="expired")
    return OPEN
