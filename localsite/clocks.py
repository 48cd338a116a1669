"""CPU time of this process and of others on the machine, to the nanosecond: who works while who waits."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

CPUCLOCK_SCHED = 2  # of a whole process: clock ids of linux/posix-timers.h, as clock_getcpuclockid(3) makes them


def cpu_seconds(pid: int) -> float:
    """User and system time that a process has had, its threads of before included. Raises OSError when it is gone."""
    return time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED)


def watched(text: str) -> tuple[str, int]:
    """An option's NAME=PID. Raises ValueError."""
    name, _, pid = text.partition("=")
    return name, int(pid)


class CpuClocks:
    """Reads several processes' clocks at once; ``own`` is the name of this one."""

    def __init__(self, own: str, others: Mapping[str, int]) -> None:
        """others: process ids by name."""
        self._own, self._others = own, dict(others)
        self._last = self._read()

    def _read(self) -> dict[str, float]:
        return {self._own: time.process_time()} | {name: cpu_seconds(pid) for name, pid in self._others.items()}

    def lap(self) -> dict[str, float]:
        """Seconds that each has worked since the last call. Raises OSError when one is gone."""
        now = self._read()
        spent = {name: seconds - self._last[name] for name, seconds in now.items()}
        self._last = now
        return spent


def peak_rss_mb() -> float:
    """Largest resident set of this process since it began to run this program, MiB (VmHWM).

    Not getrusage's: that counts what the parent held when it forked.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:", 1)[1].split(None, 1)[0]) / 1024
