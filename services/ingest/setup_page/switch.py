"""When the set-up page is on.

It is on while the token's file is younger than ten minutes: whoever may write on the device switches it on by writing
the file, and it goes off by itself, also over a restart, and whatever the device's clock is set to meanwhile. The
file's content is the token (`sign_in.py`).
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from services.runtime.clock import Clock

ON_S = 600.0
SHORTEST, LONGEST = 16, 256


def _without_waiting(path: str, flags: int) -> int:
    """A pipe in the file's place holds nobody up."""
    return os.open(path, flags | os.O_NONBLOCK)


@dataclass(frozen=True)
class Key:
    """The token of a file that was written at `written` (nanoseconds, wall time)."""

    token: str = field(repr=False)
    written: int


class Switch:
    """path: the token's file; None: the page is never on."""

    def __init__(self, path: Path | None, clock: Clock) -> None:
        self._path, self._clock = path, clock
        self._seen = 0, 0.0
        """When the newest file was written that was seen, and the monotonic moment at which the page goes off by it."""

    def key(self) -> Key | None:
        """The token, while the page is on. A file that is no good, or of the future, keeps it off."""
        if self._path is None:
            return None
        try:
            with open(self._path, "rb", opener=_without_waiting) as file:
                found = os.fstat(file.fileno())
                content = file.read(LONGEST + 1) if stat.S_ISREG(found.st_mode) else b""
            token = content.decode("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        good = SHORTEST <= len(token) <= LONGEST and self._young(found.st_mtime_ns)
        return Key(token, found.st_mtime_ns) if good else None

    def _young(self, written: int) -> bool:
        """By both clocks: one that is set back makes no file younger than it was."""
        now = self._clock.now()
        age = now.wall.timestamp() - written / 1e9
        if not 0.0 <= age < ON_S:
            return False
        if self._seen[0] != written:
            self._seen = written, now.mono + ON_S - age
        return now.mono < self._seen[1]

    @property
    def on(self) -> bool:
        """Whether the page is on now."""
        return self.key() is not None
