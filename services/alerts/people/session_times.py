"""How long a person stays signed in."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class SessionTimes:
    """idle, longest: of a person's session. pin_idle, pin_longest: of a person's on a shared device."""

    idle: timedelta = timedelta(hours=1)
    longest: timedelta = timedelta(hours=12)
    pin_idle: timedelta = timedelta(minutes=5)
    pin_longest: timedelta = timedelta(hours=1)
