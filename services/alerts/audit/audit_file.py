"""A replica's copy of the audit log on its disk, in the log's own lines.

A line is flushed to the disk before extend returns. A last line torn by a crash is cut off; any other break is reported
and the file is set aside, never written over.
"""

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from services.alerts.audit.line import Line, Place, read
from services.alerts.errors import AuditTampered, AuditUnavailable

STEP = 65_536
BATCH = 1_000


def verify(path: Path) -> int:
    """Check a whole log and return its number of lines. Raises AuditTampered, AuditUnavailable."""
    return sum(1 for _ in read(lines_of(path), Place()))


def lines_of(path: Path) -> Iterator[bytes]:
    """One after the other: a log of years is longer than a process's memory. Raises AuditUnavailable."""
    try:
        with path.open("rb") as file:
            yield from file
    except OSError as error:
        raise AuditUnavailable(error.strerror or "unreadable") from error


def whole_lines_of(path: Path) -> Iterator[bytes]:
    """The same without a last line that is being written; none of a file that is not there."""
    return (one for one in (lines_of(path) if path.exists() else ()) if one.endswith(b"\n"))


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
            if not self.path.exists():
                return
            if (whole := self._whole()) < self.path.stat().st_size:
                self._cut(whole)
        except OSError as error:
            raise AuditUnavailable(error.strerror or "unreadable") from error
        try:
            yield from read(lines_of(self.path), Place())
        except AuditTampered:
            self.set_aside()
            raise

    def line(self, number: int) -> bytes | None:
        """The line of this number; None where it has none. Raises AuditUnavailable."""
        return next(islice(lines_of(self.path), number - 1, None), None)

    def batches(self, first: int) -> Iterator[list[bytes]]:
        """The lines from number `first` on, BATCH at a time. Raises AuditUnavailable."""
        left = islice(lines_of(self.path), first - 1, None)
        while batch := list(islice(left, BATCH)):
            yield batch

    def _whole(self) -> int:
        """How many bytes its whole lines have. Raises OSError."""
        with self.path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            while end > 0:
                begin = max(0, end - STEP)
                file.seek(begin)
                found = file.read(end - begin).rfind(b"\n")
                if found >= 0:
                    return begin + found + 1
                end = begin
        return 0

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
