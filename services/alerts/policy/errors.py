"""What the alarm policy refuses.

PolicyError
├── ThresholdsError        the policy's settings contradict each other
├── PlanError              a plan for a ward or a resident that no plan may be
├── ConsentError           a consent, a pause or times of care that none may be
└── AlertConflict          an act on an alert that cannot be taken
    ├── UnknownAlert       no alert has this id
    ├── AlertCleared       it is over; carries when
    ├── AlreadyAcknowledged  somebody else holds it; carries who
    ├── NobodyThere        an outcome, and nobody has arrived
    └── NothingDue         a re-assessment, and none is awaited
"""

from datetime import datetime

from services.alerts.actor import Actor


class PolicyError(Exception):
    """Root of the policy's errors."""


class ThresholdsError(PolicyError, ValueError):
    """The policy's settings contradict each other."""


class PlanError(PolicyError, ValueError):
    """A plan for a ward or a resident that no plan may be."""


class ConsentError(PolicyError, ValueError):
    """A consent, a pause or times of care that none may be."""


class AlertConflict(PolicyError):
    """An act on an alert that cannot be taken."""

    def __init__(self, alert_id: str, message: str) -> None:
        super().__init__(f"alert {alert_id}: {message}")
        self.alert_id = alert_id


class UnknownAlert(AlertConflict):
    """No alert has this id."""

    def __init__(self, alert_id: str) -> None:
        super().__init__(alert_id, "unknown")


class AlertCleared(AlertConflict):
    """The alert is over."""

    def __init__(self, alert_id: str, cleared_at: datetime) -> None:
        super().__init__(alert_id, f"cleared at {cleared_at.isoformat()}")
        self.cleared_at = cleared_at


class AlreadyAcknowledged(AlertConflict):
    """Somebody else holds the alert."""

    def __init__(self, alert_id: str, by: Actor) -> None:
        super().__init__(alert_id, "acknowledged by somebody else")
        self.by = by


class NobodyThere(AlertConflict):
    """An outcome is given at the bed: somebody arrives first."""

    def __init__(self, alert_id: str) -> None:
        super().__init__(alert_id, "nobody has arrived")


class NothingDue(AlertConflict):
    """No re-assessment of this alert is awaited."""

    def __init__(self, alert_id: str) -> None:
        super().__init__(alert_id, "no re-assessment is awaited")
