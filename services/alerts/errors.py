"""What can go wrong in the alerts service.

AlertsError
├── RulesError             the policy's settings contradict each other
├── AlertConflict          an acknowledgement that cannot be taken
│   ├── UnknownAlert       no alert has this id
│   ├── AlertCleared       it is over; carries when
│   └── AlreadyAcknowledged  somebody else holds it; carries who
├── PoisonMessage          a message that can never be applied
│   ├── UnknownWard        its ward is not in the site's file
│   ├── UnexpectedKind     it is neither a pain level nor a camera state
│   └── TooManyCameras     it names a camera more than this process may hold
├── StoreError
│   ├── StoreUnavailable   Redis does not answer
│   └── StoreCorrupt       Redis holds what this version cannot read
├── AuditError
│   ├── AuditTampered      a line's hash does not follow from the lines before it
│   └── AuditUnavailable   the log cannot be written
└── OutboxUnavailable      the outbox of webhooks cannot be read or written
"""

from datetime import datetime


class AlertsError(Exception):
    """Root of the service's errors."""


class RulesError(AlertsError, ValueError):
    """The policy's settings contradict each other."""


class AlertConflict(AlertsError):
    """An acknowledgement that cannot be taken."""

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

    def __init__(self, alert_id: str, by: str) -> None:
        super().__init__(alert_id, "acknowledged by somebody else")
        self.by = by


class PoisonMessage(AlertsError):
    """A message that can never be applied; only its kind and place are kept, never its body."""


class UnknownWard(PoisonMessage):
    """The message's ward is not in the site's file."""


class UnexpectedKind(PoisonMessage):
    """The message is neither a pain level nor a camera state."""


class TooManyCameras(PoisonMessage):
    """The message names one camera more than this process may hold."""


class StoreError(AlertsError):
    """Redis failed."""


class StoreUnavailable(StoreError):
    """Redis does not answer, or refuses."""


class StoreCorrupt(StoreError):
    """Redis holds what this version cannot read."""


class AuditError(AlertsError):
    """The audit log failed."""


class AuditTampered(AuditError):
    """A line's hash does not follow from the lines before it."""

    def __init__(self, line: int) -> None:
        super().__init__(f"the chain breaks at line {line}")
        self.line = line


class AuditUnavailable(AuditError):
    """The log cannot be written."""


class OutboxUnavailable(AlertsError):
    """The outbox of webhooks cannot be read or written."""
