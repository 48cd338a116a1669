"""Clients that an audit has locked out, by the name in their certificate; kept in a file, so that a restart forgives
nobody. Who runs the edge lets one in again by taking its line out of the file, and starts the server anew.

An audit that is not answered proves nothing: a client's connection may break at that moment. So many of them in a day
are let pass, and one more locks the client out: DESIGN.md, section 10, says how far that takes one that is never silent
but when it has something to hide.
"""

from __future__ import annotations

import errno
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from snni.errors import BundleError, PeerError
from snni.session.budget import DAY_S

CAUGHT, SILENT = "caught", "silent"


class Suspects:
    """Thread-safe. file: of JSON lines, made with the first; None: until this process ends.

    Raises BundleError: the file is there and is not one.
    """

    def __init__(
        self, max_unanswered: int, file: Path | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._max_unanswered = max_unanswered
        self._file = file
        self._clock = clock
        self._lock = threading.Lock()
        self._began = clock()
        self._silent: Counter[str] = Counter()
        self._locked = _read(file) if file is not None else {}

    @property
    def locked(self) -> dict[str, str]:
        """Client -> why: CAUGHT or SILENT."""
        with self._lock:
            return dict(self._locked)

    def check(self, client: str) -> None:
        """Raises PeerError: it is locked out."""
        with self._lock:
            if client in self._locked:
                raise PeerError("this client did not follow the protocol and is locked out; ask who runs the server")

    def caught(self, client: str) -> None:
        """What it showed was not what it had sent."""
        with self._lock:
            self._lock_out(client, CAUGHT)

    def unanswered(self, client: str) -> None:
        """It was asked to show a unit and did not."""
        with self._lock:
            if self._clock() - self._began >= DAY_S:
                self._began = self._clock()
                self._silent.clear()
            self._silent[client] += 1
            if self._silent[client] > self._max_unanswered:
                self._lock_out(client, SILENT)

    def _lock_out(self, client: str, why: str) -> None:
        if client in self._locked:
            return
        self._locked[client] = why
        if self._file is not None:
            _append(self._file, json.dumps({"client": client, "why": why}).encode() + b"\n")


def _append(file: Path, line: bytes) -> None:
    """Whole or not at all: with half a line the server would not start again. Raises OSError, as where the disk is
    full."""
    descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        before = os.fstat(descriptor).st_size
        if before and os.pread(descriptor, 1, before - 1) != b"\n":  # somebody's editor left the last line without
            line = b"\n" + line
        if os.write(descriptor, line) != len(line):
            os.ftruncate(descriptor, before)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(file: Path) -> dict[str, str]:
    try:
        lines = file.read_text().splitlines() if file.exists() else []
        records = [json.loads(line) for line in lines if line.strip()]
        return {str(record["client"]): str(record["why"]) for record in records}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BundleError(f"{file}: no list of clients locked out ({type(error).__name__})") from error
