"""An alert: one episode of pain from its first call until somebody has said what it was. Values only.

Every step of its life is stamped with who and when. The moments are of the ward's line of time: it follows the wall
clock, so that people read the right time, and timers run by it because it is moved with every setting of that clock.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.alerts.actor import Actor


class AlertStatus(StrEnum):
    """raised -> acknowledged (somebody promised to go) -> arrived (somebody is there) -> resolved (with an outcome).

    A promise and a presence that run out, and pain that gets worse on the way, raise it again. cleared: it ended by
    calm evidence, without an outcome.
    """

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    ARRIVED = "arrived"
    RESOLVED = "resolved"
    CLEARED = "cleared"


class Outcome(StrEnum):
    """What somebody found at the bed."""

    PAIN_TREATED = "pain_treated"
    PAIN = "pain"
    NO_PAIN = "no_pain"
    NOT_ASSESSED = "could_not_assess"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who promised to go, when, and until when that promise holds."""

    by: Actor
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who came to the bed, when, and until when an outcome is awaited."""

    by: Actor
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who ended it, when, with which outcome, and why (may be empty)."""

    by: Actor
    at: datetime
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """One episode of pain that people must know of.

    level: the worst of the episode. onset_at: event time of its first evidence. raised_at, cleared_at: service's clock.
    signalled_at: the last time it asked for somebody; signals: how often it did. calling_since: when it began to ask
    without an answer, this time. changed_at: its last step. notified_at: when the first screen or receiver had it.
    widened_at: since when more people are asked. ack: the last acknowledgement, which holds only while status is
    ACKNOWLEDGED. arrival: the last one, which holds only while status is ARRIVED. reassess_at: when somebody must look
    again after an intervention. reassess_called_at: when that was told. reassessed: the last such look.
    """

    id: str
    camera: str
    level: int
    status: AlertStatus
    onset_at: datetime
    raised_at: datetime
    signalled_at: datetime
    calling_since: datetime
    changed_at: datetime
    signals: int = 1
    notified_at: datetime | None = None
    widened_at: datetime | None = None
    ack: Acknowledgement | None = None
    arrival: Arrival | None = None
    resolution: Resolution | None = None
    cleared_at: datetime | None = None
    reassess_at: datetime | None = None
    reassess_called_at: datetime | None = None
    reassessed: Resolution | None = None

    @property
    def ended_at(self) -> datetime | None:
        """When it was over; None while it is open."""
        return self.resolution.at if self.resolution is not None else self.cleared_at


class Change(StrEnum):
    """What happened to an alert. REASSESSMENT_DUE and REASSESSED come after its end."""

    RAISED = "raised"
    NOTIFIED = "notified"
    ESCALATED = "escalated"
    REPEATED = "repeated"
    WIDENED = "widened"
    ACKNOWLEDGED = "acknowledged"
    ACK_EXPIRED = "ack_expired"
    ARRIVED = "arrived"
    PRESENCE_EXPIRED = "presence_expired"
    RESOLVED = "resolved"
    CLEARED = "cleared"
    REASSESSMENT_DUE = "reassessment_due"
    REASSESSED = "reassessed"


ENDS = frozenset({Change.RESOLVED, Change.CLEARED})
"""Changes that end an alert."""
AFTERWARDS = frozenset({Change.REASSESSMENT_DUE, Change.REASSESSED})
"""Changes of an alert that has ended."""


@dataclass(frozen=True, slots=True)
class Transition:
    """An alert after a change, when it changed (service's clock), and who changed it (None: evidence, or time).

    calls: whether the change asks somebody to come.
    """

    change: Change
    alert: Alert
    at: datetime
    by: Actor | None = None
    calls: bool = False
