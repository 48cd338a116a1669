"""What the policy knows of one camera: the last evidence, the run of calm, the open alert. Values only."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from services.alerts.policy.alert import Alert
from services.alerts.policy.evidence import AppliedEvidence
from services.alerts.policy.holds import Pause
from services.alerts.policy.onset import Suspect


@dataclass(frozen=True, slots=True)
class AlarmState:
    """All that the policy remembers of a camera.

    origins: the highest sequence applied of each recent producer, the current one last, at most eight.
    last: the newest piece. applied: how many pieces there were. suspects: those at raise level since the last alert
    ended, the newest last, as many as the next may need.
    hold_due: when a lone level 3 raises by itself. calm_since, calm_pieces: the current run of calm evidence.
    skewed_since: since when the evidence's clock disagrees with ours, None while it agrees.
    alert: the open one. treated: the last one that ended with an intervention, until it has been looked at again.
    pause: the last pause of this camera's alarms, which may have ended.
    """

    camera: str
    origins: tuple[tuple[str, int], ...] = ()
    last: AppliedEvidence | None = None
    applied: int = 0
    suspects: tuple[Suspect, ...] = ()
    hold_due: datetime | None = None
    calm_since: datetime | None = None
    calm_pieces: int = 0
    skewed_since: datetime | None = None
    alert: Alert | None = None
    treated: Alert | None = None
    pause: Pause | None = None


ORIGINS_KEPT = 8


def with_origin(state: AlarmState, producer: str, sequence: int) -> AlarmState:
    """Remember the producer's highest sequence and make it the current producer."""
    others = tuple(item for item in state.origins if item[0] != producer)
    return replace(state, origins=(*others, (producer, sequence))[-ORIGINS_KEPT:])


def alert_id(camera: str, onset: AppliedEvidence) -> str:
    """The same onset always gives the same id, so a rebuilt alert meets its acknowledgements again."""
    return hashlib.sha256(f"{camera}|{onset.producer}|{onset.sequence}".encode()).hexdigest()[:20]
