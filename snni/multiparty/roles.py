"""Who takes part: a dealer who works ahead and two evaluators who work online; whoever asks holds the image.

Three servers are held to be passive. A fourth, the witness, makes what the dealer makes, and lets it check what the
evaluators do: then any one of the four may do anything.
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
    FOUR_ACTIVE = "four active servers"

    @property
    def roles(self) -> tuple[Role, ...]:
        return tuple(Role) if self.active else (Role.DEALER, *EVALUATORS)

    @property
    def mode(self) -> str:
        """What a room's device calls it."""
        return "four-servers" if self.active else "three-servers"

    @property
    def active(self) -> bool:
        return self is Setting.FOUR_ACTIVE


def setting_of(parties: int, active: bool) -> Setting:
    """Raises ParameterError: there are no protocols for so many servers of that kind."""
    if (parties, active) == (3, False):
        return Setting.THREE_PASSIVE
    if (parties, active) == (4, True):
        return Setting.FOUR_ACTIVE
    kind = "active" if active else "passive"
    raise ParameterError(f"{parties} {kind} parties: not there; there are 2 or 3 passive ones, and 4 active ones")
