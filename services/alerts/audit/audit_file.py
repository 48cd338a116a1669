"""A replica's copy of the audit log on its disk, in the log's own lines.

A line is flushed to the disk before extend returns. A last line torn by a crash is cut off; any other break is reported
and the file is set aside, never written over.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from services.alerts.audit.line import Line, Place, read
from services.alerts.errors import AuditTampered, AuditUnavailable


def verify(path: Path) -> int:
    """Check a whole log and return its number of lines. Raises AuditTampered, AuditUnavailable."""
    try:
        return sum(1 for _ in read(path.read_bytes().splitlines(keepends=True), Place()))
    except OSError as error:
        raise AuditUnavailable(error.strerror or "unreadable") from error


class AuditFile:
    """One replica's file; calls block, so that those that write belong on a thread. One writer at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self) -> Iterator[Line]:
        """What is there, line by line. A file that is altered is set aside after the last line that is whole.

        Raises:
            AuditUnavailable: the file cannot be read or created.
            AuditTampered: it was altered from this line on, and is set aside now.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            raw = self.path.read_bytes() if self.path.exists() else b""
        except OSError as error:
            raise AuditUnavailable(error.strerror or "unreadable") from error
        lines = raw.splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):
            self._cut(len(raw) - len(lines.pop()))
        try:
            yield from read(lines, Place())
        except AuditTampered:
            self.set_aside()
            raise

    def lines(self, first: int) -> list[bytes]:
        """The lines from number `first` on. Raises AuditUnavailable."""
        try:
            return self.path.read_bytes().splitlines(keepends=True)[first - 1 :]
        except OSError as error:
            raise AuditUnavailable(error.strerror or "unreadable") from error

    def extend(self, lines: Sequence[bytes]) -> None:
        """Write lines and flush them to the disk. Raises AuditUnavailable; then none was written."""
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                start = os.fstat(handle).st_size
                body = b"".join(lines)
                if os.write(handle, body) != len(body):
                    os.ftruncate(handle, start)
                    raise AuditUnavailable("no space left")
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise AuditUnavailable(error.strerror or "not writable") from error

    def set_aside(self) -> None:
        """Put the file away under a name of its own. Raises AuditUnavailable."""
        number = 1
        while self.path.with_name(f"{self.path.name}.broken-{number}").exists():
            number += 1
        try:
            self.path.replace(self.path.with_name(f"{self.path.name}.broken-{number}"))
        except OSError as error:
            raise AuditUnavailable(error.strerror or "not writable") from error

    def _cut(self, length: int) -> None:
        try:
            os.truncate(self.path, length)
        except OSError as error:
            raise AuditUnavailable(error.strerror or "not writable") from error
