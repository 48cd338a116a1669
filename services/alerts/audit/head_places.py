"""Where signed heads are kept, apart from the log: a stream of the bus, a file in another volume; and by HTTPS
(head_by_https.py).
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from services.alerts.errors import AuditUnavailable
from services.bus.errors import BusError
from services.bus.sequenced import Stored

LAST_BYTES = 65_536
"""In which the last whole line of a file lies."""


class HeadPlace(Protocol):
    """One of them. Calls raise AuditUnavailable."""

    async def keep(self, head: bytes) -> None:
        """Add a head, a line with its end; it is on the disk then."""

    async def newest(self) -> bytes | None:
        """The head that was added last."""


class HeadStream(Protocol):
    """SequencedStream of services.bus. Calls raise BusError."""

    async def ensure(self) -> None:
        """Make the stream."""

    async def newest(self) -> Stored | None:
        """The newest message."""

    async def replace(self, body: bytes, after: int) -> int:
        """Store a message as the next after number `after`."""


class OnBus:
    """The stream HEADS."""

    def __init__(self, stream: Callable[[], HeadStream | None]) -> None:
        """stream: None while there is no bus."""
        self._stream = stream
        self._made = False

    async def keep(self, head: bytes) -> None:
        """Store it after whatever is newest. Another replica that stores one at that moment is no harm: tried again."""
        try:
            stream = await self._there()
            found = await stream.newest()
            await stream.replace(head, found.sequence if found else 0)
        except BusError as error:
            self._made = False
            raise AuditUnavailable(str(error)) from error

    async def newest(self) -> bytes | None:
        """The newest."""
        try:
            found = await (await self._there()).newest()
        except BusError as error:
            self._made = False
            raise AuditUnavailable(str(error)) from error
        return found.body if found else None

    async def _there(self) -> HeadStream:
        stream = self._stream()
        if stream is None:
            raise AuditUnavailable("no message bus")
        if not self._made:
            await stream.ensure()
            self._made = True
        return stream


class InFile:
    """A file that is only ever added to. Its folder must be there: one that is not mounted is not made."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def keep(self, head: bytes) -> None:
        """Add it, and flush it to the disk."""
        await asyncio.to_thread(self._add, head)

    async def newest(self) -> bytes | None:
        """The last whole line."""
        return await asyncio.to_thread(self._last)

    def _add(self, head: bytes) -> None:
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                size = os.fstat(handle).st_size
                torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
                body = b"\n" + head if torn else head
                if os.write(handle, body) != len(body):
                    raise AuditUnavailable("no space left")
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise AuditUnavailable(error.strerror or "not writable") from error

    def _last(self) -> bytes | None:
        try:
            with self._path.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - LAST_BYTES))
                lines = file.read().splitlines(keepends=True)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise AuditUnavailable(error.strerror or "unreadable") from error
        return next((line for line in reversed(lines) if line.endswith(b"\n") and line.strip()), None)
