"""Whether what a process has in memory can come to lie on a disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from services.runtime.doctor.finding import Finding, ok, warn

SWAPS = Path("/proc/swaps")
BLOCKS = Path("/sys/block")
NOWHERE = "none"


async def no_swap(swaps: Path = SWAPS, blocks: Path = BLOCKS) -> Sequence[Finding]:
    """Whether this machine swaps to a disk (proc(5)), as it does with pictures where those who hold them wait."""
    try:
        names = _names(swaps)
    except OSError:
        return [warn("swap", "the kernel does not say whether there is any", "see to it that there is none")]
    disks = [name for name in names if not _in_memory(name, blocks)]
    if disks:
        said = f"is on, to {', '.join(disks)}: pictures in memory may come to lie there"
        return [warn("swap", said, "switch it off (swapoff -a), and take it out of /etc/fstab")]
    return [ok("swap", "is off" if not names else "stays in memory")]


def _names(swaps: Path) -> list[str]:
    return [line.split()[0] for line in swaps.read_text(encoding="utf-8").splitlines()[1:] if line.strip()]


def _in_memory(name: str, blocks: Path) -> bool:
    """Whether it is compressed memory (zram) that nothing writes back to a disk."""
    device = Path(name).name
    if not device.startswith("zram"):
        return False
    try:
        return (blocks / device / "backing_dev").read_text(encoding="utf-8").strip() == NOWHERE
    except OSError:  # a kernel that writes nothing back has no such file
        return True
