"""What processes hold while they run: memory, descriptors, disk; and whether it grows."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.ingest import resident_bytes

Sample = dict[str, float]


def sample(pids: Mapping[str, int], folders: Mapping[str, Path]) -> Sample:
    """Now: resident bytes and open descriptors by process, bytes by folder, and the monotonic second."""
    found: Sample = {"at_s": time.monotonic()}
    for name, pid in pids.items():
        found[f"{name}_resident_bytes"] = resident_bytes(pid)
        found[f"{name}_descriptors"] = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    for name, folder in folders.items():
        found[f"{name}_disk_bytes"] = _size(folder)
    return found


def growth(samples: list[Sample], hours: float, scale: Callable[[float], float] = lambda seconds: seconds) -> Sample:
    """How much each would grow in so many hours: the slope of the second half of the samples (Theil-Sen's median).

    scale: seconds of the run as seconds of what it stands for.
    """
    half = samples[len(samples) // 2 :]
    found: Sample = {}
    for name in half[0].keys() - {"at_s"}:
        slopes = [
            (later[name] - earlier[name]) / scale(later["at_s"] - earlier["at_s"])
            for number, earlier in enumerate(half)
            for later in half[number + 1 :]
        ]
        found[name] = statistics.median(slopes) * hours * 3600 if slopes else 0.0
    return dict(sorted(found.items()))


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_blocks * 512 if path.is_file() else 0
        except FileNotFoundError:  # a file that the server has just replaced
            continue
    return total
