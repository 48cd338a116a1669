"""A child process: started, watched by its log, ended, started again.

Each runs in a process group of its own and is told by the kernel to end with the thread that started it
(PR_SET_PDEATHSIG): start processes from the main thread.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

T = TypeVar("T")
START_TIMEOUT_S = 600.0
"""How long anything may take to start, or a command to end: far more than it needs, for machines that are busy.

Only what hangs takes so long; an end is seen at once.
"""
STOP_TIMEOUT_S = 180.0
"""How long it may take to end once it is told to: as above, on a machine that is busy."""
POLL_S = 0.02
LOG_QUOTED = 4000
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


class ProcessError(RuntimeError):
    """A process did not start, or ended, or took too long; the end of its log is quoted."""


def python(module: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs a module of this environment."""
    return (sys.executable, "-m", module, *arguments)


class Process:
    """A command, what it needs to run, and its child while it runs."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
    ) -> None:
        """log: what gets everything that it writes. environment: variables beside this process's own.

        Variables of Veilward's services are not inherited. directory: where it runs; None: where this process does.
        """
        self.name = name
        self.log = log
        self.peak_rss_mb = 0.0
        self._command = list(command)
        self._environment = dict(environment or {})
        self._directory = directory
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Spawn it, again where it has ended. Raises OSError when there is no such program."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("VEILWARD_")}
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(
                self._command,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=inherited | self._environment,
                start_new_session=True,
                preexec_fn=_end_with_parent,
                cwd=self._directory,
            )
        return self

    def __enter__(self) -> Self:
        return self if self.running else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process id; 0 before the first start."""
        return self._child.pid if self._child else 0

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._child is not None and self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        """What it ended with; None while it runs."""
        return self._child.poll() if self._child else None

    def wait_for(self, what: str, probe: Callable[[], T | None], timeout_s: float = START_TIMEOUT_S) -> T:
        """The first value of `probe()` that is not None. Raises ProcessError when the process ends or time is up."""
        end = time.monotonic() + timeout_s
        while True:
            last = not self.running or time.monotonic() > end
            found = probe()
            if found is not None:
                return found
            if last:
                raise ProcessError(f"{self.name}: no {what}\n{self.log_end()}")
            time.sleep(POLL_S)

    def wait(self, timeout_s: float) -> int:
        """Its exit code. Raises subprocess.TimeoutExpired, ProcessError when it was never started."""
        if self._child is None:
            raise ProcessError(f"{self.name} was never started")
        return self._child.wait(timeout_s)

    def log_end(self) -> str:
        """The last lines that it wrote."""
        return self.log.read_text(errors="replace")[-LOG_QUOTED:] if self.log.exists() else ""

    def events(self) -> list[dict[str, Any]]:
        """The JSON lines of its log."""
        lines = self.log.read_text(errors="replace").split("\n")[:-1] if self.log.exists() else []
        return [json.loads(line) for line in lines if line.startswith("{")]

    def sample_memory(self) -> float:
        """Largest resident set so far, MiB (VmHWM)."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text() if self.running else ""
        except OSError:
            status = ""
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                self.peak_rss_mb = max(self.peak_rss_mb, int(line.split()[1]) / 1024)
        return self.peak_rss_mb

    def kill(self) -> None:
        """SIGKILL, as a crash would, and wait."""
        self._end(signal.SIGKILL, STOP_TIMEOUT_S)

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> int | None:
        """SIGTERM, then SIGKILL after timeout_s. The exit code; None when it was never started."""
        self._end(signal.SIGTERM, timeout_s)
        return self.exit_code

    def _end(self, number: signal.Signals, timeout_s: float) -> None:
        if self._child is None:
            return
        self.sample_memory()
        if self.running:
            self._child.send_signal(number)
            try:
                self._child.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self._child.kill()
        self._child.wait()


def _end_with_parent() -> None:
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
