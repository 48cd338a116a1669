"""What the policy knows of one camera: the last evidence, the run of calm, the open alert. Values only."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Evidence:
    """One level of one camera, as it came out of the secure path.

    level: 0..3. captured_at, published_at: when the frame was captured and the level was sent, by the sender's clock
    (aware UTC), which may be wrong. producer, sequence: the order of its origin.
    """

    level: int
    captured_at: datetime
    published_at: datetime
    producer: str
    sequence: int


@dataclass(frozen=True, slots=True)
class AppliedEvidence:
    """Applied evidence. at: its event time, by our clock: event_time.py, never before the last."""

    level: int
    at: datetime
    producer: str
    sequence: int


class AlertStatus(StrEnum):
    """The life cycle: raised -> acknowledged (-> raised when the promise expires or it gets worse) -> cleared."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who promised to go, when, and until when that promise holds."""

    by: str
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """One episode of pain that people must know of.

    level: the worst of the episode. onset_at: event time of its first evidence. raised_at, cleared_at: service's clock.
    signalled_at: the last time it asked for somebody; signals: how often it did.
    ack: the last acknowledgement, which holds only while status is ACKNOWLEDGED.
    """

    id: str
    camera: str
    level: int
    status: AlertStatus
    onset_at: datetime
    raised_at: datetime
    signalled_at: datetime
    signals: int = 1
    ack: Acknowledgement | None = None
    cleared_at: datetime | None = None


class Change(StrEnum):
    """What happened to an alert."""

    RAISED = "raised"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    ACK_EXPIRED = "ack_expired"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Transition:
    """An alert after a change, and when it changed (service's clock)."""

    change: Change
    alert: Alert
    at: datetime


class Verdict(StrEnum):
    """What became of a piece of evidence."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class AlarmState:
    """All that the policy remembers of a camera.

    origins: the highest sequence applied of each recent producer, the current one last, at most eight.
    last: the newest piece. suspect: the newest piece at raise level since the last alert was cleared.
    hold_due: when a lone level 3 raises by itself. calm_since, calm_pieces: the current run of calm evidence.
    skewed_since: since when the evidence's clock disagrees with ours, None while it agrees.
    """

    camera: str
    origins: tuple[tuple[str, int], ...] = ()
    last: AppliedEvidence | None = None
    suspect: AppliedEvidence | None = None
    hold_due: datetime | None = None
    calm_since: datetime | None = None
    calm_pieces: int = 0
    skewed_since: datetime | None = None
    alert: Alert | None = None


ORIGINS_KEPT = 8


def with_origin(state: AlarmState, producer: str, sequence: int) -> AlarmState:
    """Remember the producer's highest sequence and make it the current producer."""
    others = tuple(item for item in state.origins if item[0] != producer)
    return replace(state, origins=(*others, (producer, sequence))[-ORIGINS_KEPT:])


def alert_id(camera: str, onset: AppliedEvidence) -> str:
    """The same onset always gives the same id, so a rebuilt alert meets its acknowledgements again."""
    return hashlib.sha256(f"{camera}|{onset.producer}|{onset.sequence}".encode()).hexdigest()[:20]
