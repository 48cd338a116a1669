"""Who takes part: a dealer who works ahead and two evaluators who work online; whoever asks holds the image.

Three servers are held to be passive. A fourth, the witness, makes what the dealer makes, and lets it check what the
evaluators do: then any one of the four may do anything. So it may of three that prove to each other what they do.
"""

from __future__ import annotations

from enum import Enum

from snni.errors import ParameterError


class Role(Enum):
    """DEALER knows every mask c; FIRST and SECOND know every masked value s, and each its own half of the masks."""

    DEALER = "dealer"
    FIRST = "first"
    SECOND = "second"
    WITNESS = "witness"


EVALUATORS = (Role.FIRST, Role.SECOND)


class Setting(Enum):
    """How many servers there are, and what any one of them may do. Never changed into another while it runs."""

    THREE_PASSIVE = "three passive servers"
    THREE_ACTIVE = "three active servers"
    FOUR_ACTIVE = "four active servers"

    @property
    def roles(self) -> tuple[Role, ...]:
        return tuple(Role) if self.witnessed else (Role.DEALER, *EVALUATORS)

    @property
    def mode(self) -> str:
        """What a room's device calls it."""
        return _MODES[self]

    @property
    def active(self) -> bool:
        """Whether any one of them may do anything."""
        return self is not Setting.THREE_PASSIVE

    @property
    def witnessed(self) -> bool:
        """Whether a fourth makes what the dealer makes."""
        return self is Setting.FOUR_ACTIVE

    @property
    def proved(self) -> bool:
        """Whether each proves what it does (prove/)."""
        return self is Setting.THREE_ACTIVE


_MODES = {
    Setting.THREE_PASSIVE: "three-servers",
    Setting.THREE_ACTIVE: "three-servers-active",
    Setting.FOUR_ACTIVE: "four-servers",
}


def setting_of(parties: int, active: bool) -> Setting:
    """Raises ParameterError: there are no protocols for so many servers of that kind."""
    if (parties, active) == (3, False):
        return Setting.THREE_PASSIVE
    if (parties, active) == (3, True):
        return Setting.THREE_ACTIVE
    if (parties, active) == (4, True):
        return Setting.FOUR_ACTIVE
    kind = "active" if active else "passive"
    raise ParameterError(
        f"{parties} {kind} parties: no such servers; a network is shared among 3 passive ones, or 3 or 4 active ones "
        "(between 2 parties it is not shared)"
    )
