"""What receivers are told of, whatever it is: each thing once, by a name that it keeps for ever."""

from enum import StrEnum
from typing import Protocol, Self


class Topic(StrEnum):
    """Of what a receiver is told."""

    ALERTS = "alerts"
    CONSENTS = "consents"


class Told(Protocol):
    """One thing. id: its name, the same in every repeat. about: those about the same are delivered in their order."""

    @property
    def id(self) -> str: ...
    @property
    def about(self) -> str: ...

    def again(self) -> Self:
        """The same, as something that may have been delivered before."""
        ...
