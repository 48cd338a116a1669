"""Trying a receiver out: somebody presses a button, it is sent a test that calls nobody, and its answer is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.alerts.phrase import Phrase

WEBHOOK, PAGER, CARE_RECORD, HOUSE = "Webhook", "Pager", "Care record", "House automation"
CARE_RECORD_CONSENTS, CARE_RECORD_TRAIL = "Care record: consents", "Care record: who read and did what"
"""Kinds of receivers, in the words of the page."""
TOOK = "It took the test."
REFUSED = "It refused the test."
ANSWERED = "It answered with status %(status)s."
AWAY = "It could not be reached."


@dataclass(frozen=True, slots=True)
class Trial:
    """What is sent. id: of this test. by: who sends it. title, text: what people read of it: nobody needs to come."""

    id: str
    at: datetime
    by: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """took: whether the receiver has it. said: what it answered, for the page."""

    took: bool
    said: str


class Tried(Protocol):
    """What can be tried out. key: its name here. kind: of the words above. label: which one; no secret stands in it.

    failing: whether it does not take what it is to be told. waiting: how much of that there is.
    """

    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def failing(self) -> bool: ...
    @property
    def waiting(self) -> int: ...

    async def try_out(self, trial: Trial) -> Outcome:
        """Send a test over a connection of its own, once. Raises nothing that a receiver could cause."""
        ...


Receivers = Sequence[Tried]


def answered(status: int) -> Outcome:
    """What came of a test by HTTP."""
    return Outcome(200 <= status < 300, Phrase(ANSWERED, status=status))
