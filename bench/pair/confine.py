"""What each party may have: cores of its own, memory, a namespace; as the command that its process is started with."""

from __future__ import annotations

import os
import resource
import shutil
from dataclasses import dataclass


class ConfineError(RuntimeError):
    """The machine cannot give what was asked for."""


@dataclass(frozen=True)
class Cores:
    """Core numbers by party; shared where the machine has too few."""

    server: tuple[int, ...]
    client: tuple[int, ...]

    @property
    def shared(self) -> bool:
        return bool(set(self.server) & set(self.client))


def cores(threads: int) -> Cores:
    """`threads` cores for each party, the server's first. Raises ConfineError where there are not even so many."""
    mine = sorted(os.sched_getaffinity(0))
    if threads > len(mine):
        raise ConfineError(f"--threads {threads}: this machine has {len(mine)} cores")
    return Cores(tuple(mine[:threads]), tuple(mine[-threads:]))


def confined(those: tuple[int, ...], memory_mb: int = 0) -> tuple[str, ...]:
    """Runs what follows on those cores, with so much data (RLIMIT_DATA, MiB; 0: as much as this process may have)."""
    for command in ("taskset", "prlimit"):
        if shutil.which(command) is None:
            raise ConfineError(f"there is no `{command}` (util-linux)")
    limit = memory_mb << 20
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if limit and hard not in (resource.RLIM_INFINITY,) and limit > hard:
        raise ConfineError(f"--memory-limit {memory_mb}: this process itself may have {hard >> 20} MB")
    pinned = ("taskset", "-c", ",".join(map(str, those)))
    return (*pinned, "prlimit", f"--data={limit}:{limit}") if limit else pinned


def starved(log: str, exit_code: int | None) -> bool:
    """Whether a party's end looks like one of memory."""
    words = ("MemoryError", "bad_alloc", "Cannot allocate memory", "Memory allocation", "map segment")
    no_thread = ("start new thread", '"kind": "RuntimeError"')  # its stack; snni_server tells the error's kind only
    return any(word in log for word in words + no_thread) or exit_code in (-6, -11)
