"""Processes that are alive and do nothing: what they are sent waits in the system's buffers."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.waiting import eventually


async def stop(pid: int) -> None:
    """SIGSTOP, until every thread of the process stands still."""
    os.kill(pid, signal.SIGSTOP)

    async def still() -> bool:
        return _still(pid)

    await eventually(still)


@asynccontextmanager
async def standing_still(pid: int) -> AsyncIterator[None]:
    """The process stands still inside, and goes on afterwards."""
    try:
        await stop(pid)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _still(pid: int) -> bool:
    threads = Path(f"/proc/{pid}/task").glob("*/stat")
    return all(one.read_text().rpartition(")")[2].split()[0] == "T" for one in threads)
