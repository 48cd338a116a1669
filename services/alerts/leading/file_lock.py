"""One process for one copy of the log: two that wrote one file would tear it."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from services.runtime.errors import UnusableFile


class FileLock:
    """Held until the process ends or leaves. The lock's file lies beside the one that it is for, and stays."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle = -1

    def __enter__(self) -> Self:
        """Raises UnusableFile where another process holds it, or the folder cannot be written."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            name = self._path.with_name(f"{self._path.name}.lock")
            self._handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._handle)
            raise UnusableFile(self._path, "another process writes it: each replica needs its own") from None
        except OSError as error:
            raise UnusableFile(self._path, error.strerror or "not writable") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._handle)
