"""Where figures come from: the machine, the commit, and what else was going on."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from snni.twoparty import _ot

ROOT = Path(__file__).resolve().parents[1]


def cpu_name() -> str:
    """As the kernel tells it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def commit() -> str:
    """The commit's short name, with "+" where tracked files differ from it."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, cwd=ROOT, check=False)
        return done.stdout.strip()

    return (git("rev-parse", "--short", "HEAD") or "unknown") + "+" * bool(git("status", "--porcelain", "-uno"))


def memory_mb() -> int:
    """Of the machine, MiB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20


def machine() -> dict[str, Any]:
    """For the JSON. load_before: the system's one-minute load when the measurement began; near 0 on a quiet machine."""
    congestion = Path("/proc/sys/net/ipv4/tcp_congestion_control")
    return {
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "memory_mb": memory_mb(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "instruction_set": _ot.isas()[-1],
        "tcp_congestion_control": congestion.read_text().strip() if congestion.exists() else "unknown",
        "load_before": round(os.getloadavg()[0], 2),
    }
