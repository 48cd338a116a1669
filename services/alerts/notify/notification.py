"""A change of an alert as other systems are told of it.

Body, JSON: {"id", "change", "at", "alert", "calls", "group", "by"}. calls: whether the change asks somebody to come, or
is told for the record. group: alerts of one room belong together. by: who changed it, null where evidence or time did.

The id names the change for ever: told again, after a crash or out of a replayed stream, it has the same id. `at` and
the alert's times may differ in a replay, which takes each message as received when it was published; so the id is made
of what does not: the alert, the change, how often it called, and where that is not enough, when an act was taken or
which level was reached.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Self

from services.alerts.codec import encode_alert, instant
from services.alerts.policy.alert import Change, Transition

UNTOLD = frozenset({Change.NOTIFIED})
"""Changes of which receivers are not told: they made them."""
DATED = frozenset({Change.ACKNOWLEDGED, Change.ARRIVED, Change.REASSESSED, Change.REASSESSMENT_DUE})
"""Changes that may come several times between two calls, each at a moment that a replay does not change."""
EXPIRED = frozenset({Change.ACK_EXPIRED, Change.PRESENCE_EXPIRED})


@dataclass(frozen=True, slots=True)
class Notification:
    """id: 32 hexadecimal digits. redelivered: it may have been delivered before."""

    id: str
    transition: Transition
    redelivered: bool = False

    @property
    def about(self) -> str:
        """The alert's id."""
        return self.transition.alert.id

    def again(self) -> Self:
        """The same, told again."""
        return replace(self, redelivered=True)

    @property
    def body(self) -> bytes:
        """As it is posted, byte for byte."""
        change = self.transition
        told = {
            "id": self.id,
            "change": change.change.value,
            "at": instant(change.at),
            "alert": encode_alert(change.alert),
            "calls": change.calls,
            "group": change.alert.camera.rpartition("/")[0],
            "by": None if change.by is None else change.by.name,
        }
        return json.dumps(told, sort_keys=True).encode()


def change_id(transition: Transition) -> str:
    """The name of a change."""
    alert = transition.alert
    identity = f"{alert.id}-{transition.change.value}-{alert.signals}-{_which(transition)}"
    return hashlib.sha256(identity.encode()).hexdigest()[:32]


def notification(transition: Transition, redelivered: bool = False) -> Notification:
    """What receivers are told of a change."""
    return Notification(change_id(transition), transition, redelivered)


def _which(transition: Transition) -> str:
    """What tells apart changes of one kind between two calls."""
    silent = not transition.calls
    if transition.change in DATED or (silent and transition.change in EXPIRED):
        return instant(transition.at)
    return f"level {transition.alert.level}" if silent and transition.change is Change.ESCALATED else ""
