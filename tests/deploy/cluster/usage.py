"""What a container has used, as the kernel counts it for its control group (version 1 or 2)."""

from __future__ import annotations

from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")


def cpu_s(pid: int) -> float:
    """Processor time of the container with this first process, seconds."""
    folder, unified = _folder(pid, "cpuacct")
    if unified:
        return _table(folder / "cpu.stat")["usage_usec"] / 1e6
    return int((folder / "cpuacct.usage").read_text()) / 1e9


def held_bytes(pid: int) -> int:
    """Memory that it cannot give back: not the files that are cached for it."""
    folder, unified = _folder(pid, "memory")
    table = _table(folder / "memory.stat")
    return table["anon"] if unified else table["total_rss"]


def _folder(pid: int, controller: str) -> tuple[Path, bool]:
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return CGROUPS / controller / path.lstrip("/"), False
        unified = path if not controllers else None
    if unified is None:
        raise FileNotFoundError(f"no control group counts {controller} of process {pid}")
    return CGROUPS / unified.lstrip("/"), True


def _table(path: Path) -> dict[str, int]:
    return {key: int(value) for key, value in (line.split() for line in path.read_text().splitlines())}
