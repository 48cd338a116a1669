"""What can go wrong in the alerts service; what its policy refuses is in policy/errors.py.

AlertsError
├── PoisonMessage          a message that can never be applied
│   ├── UnknownWard        its ward is not in the site's file
│   ├── UnknownTestRoom    its room is a test room that is not in the site's file
│   ├── UnexpectedKind     it is neither a pain level nor a camera state
│   └── TooManyCameras     it names a camera more than this process may hold
├── StoreError
│   ├── StoreUnavailable   Redis does not answer
│   └── StoreCorrupt       Redis, or the audit log, holds what this version cannot read
├── AuditError
│   ├── AuditTampered      a line's hash does not follow from the lines before it
│   ├── AuditUnavailable   the log, or a place for its heads, cannot be read or written
│   │   └── LineTooLong    the first of what was to be written is longer than a line may be
│   └── NotSigned          a head, or an export, that no key which was given has signed
├── BackupUnfit            a backup that is not whole, or that must not be put back here
├── Deposed                another replica leads the site
└── RecordsError
    ├── RecordsUnavailable the database cannot be reached, read or written
    ├── RecordsTooNew      the database was made by a later version
    └── NoSuchTables       a version of tables to which there is no way back
"""

from services.runtime.errors import RuntimeFault


class AlertsError(RuntimeFault):
    """Root of the service's errors; their texts quote no value."""


class PoisonMessage(AlertsError):
    """A message that can never be applied; only its kind and place are kept, never its body."""


class UnknownWard(PoisonMessage):
    """The message's ward is not in the site's file."""


class UnknownTestRoom(PoisonMessage):
    """The message is of a test room that is not in the site's file."""


class UnexpectedKind(PoisonMessage):
    """The message is neither a pain level nor a camera state."""


class TooManyCameras(PoisonMessage):
    """The message names one camera more than this process may hold."""


class StoreError(AlertsError):
    """Redis failed."""


class StoreUnavailable(StoreError):
    """Redis does not answer, or refuses."""


class StoreCorrupt(StoreError):
    """Redis, or the audit log, holds what this version cannot read."""


class AuditError(AlertsError):
    """The audit log failed."""


class AuditTampered(AuditError):
    """A line's hash does not follow from the lines before it."""

    def __init__(self, line: int) -> None:
        super().__init__(f"the chain breaks at line {line}")
        self.line = line


class AuditUnavailable(AuditError):
    """The log, or a place for its heads, cannot be read or written."""


class LineTooLong(AuditUnavailable):
    """The first of what was to be written is longer than a line may be: it never can be."""


class NotSigned(AuditError):
    """A head, or an export, that no key which was given has signed."""


class BackupUnfit(AlertsError):
    """A backup that is not whole, or that must not be put back here; nothing was changed."""


class Deposed(AlertsError):
    """Another replica leads the site: what this one was about to write is not written."""


class RecordsError(AlertsError):
    """The database failed."""


class RecordsUnavailable(RecordsError):
    """The database cannot be reached, read or written."""


class RecordsTooNew(RecordsError):
    """The database was made by a later version."""


class NoSuchTables(RecordsError):
    """A version of the tables that does not come before those which are there."""
