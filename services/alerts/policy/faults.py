"""The life of a technical alarm: since when, seen by whom, handed to the technician. It ends when its cause does. Pure.

What somebody did counts for the time that an alarm stands: of one that ended and came again nobody knows yet.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.alerts.actor import Actor
from services.alerts.policy.technical import TechnicalCondition

SERVICE = "service"
"""The place of what is wrong in the service itself, for every ward."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who, when, and what else was said (may be empty)."""

    by: Actor
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Handling:
    """What people did about a technical alarm so far."""

    seen: Stamp | None = None
    handed: Stamp | None = None


def fault_key(one: TechnicalCondition) -> str:
    """The name of a technical alarm while it stands: its camera's key, or `service`, and its code."""
    return f"{one.camera or SERVICE}/{one.code}"


def standing(handling: Handling, since: datetime | None) -> Handling:
    """What of the handling is of the alarm that stands since then."""

    def of_it(stamp: Stamp | None) -> Stamp | None:
        return stamp if stamp is not None and (since is None or stamp.at >= since) else None

    return Handling(of_it(handling.seen), of_it(handling.handed))


def moved(handling: Handling, by: timedelta) -> Handling:
    """Every moment later by `by`: the clock was set."""

    def later(stamp: Stamp | None) -> Stamp | None:
        return None if stamp is None else Stamp(stamp.by, stamp.at + by, stamp.note)

    return Handling(later(handling.seen), later(handling.handed))
