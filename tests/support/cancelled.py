"""A task that waits for something is cancelled just as that comes: it ends, whichever of the two is first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

from tests.support.waiting import PATIENCE_S

TURNS = 6
"""Of the loop, between what comes and the cancellation: more than either takes."""


async def ends_when_cancelled(work: Callable[[], Coroutine[object, object, object]], come: Callable[[], None]) -> None:
    """work: waits by the time the loop has turned a few times, and goes on for ever. come: what it waits for."""
    for turns in range(TURNS):
        task = asyncio.create_task(work())
        for _ in range(2 * TURNS):
            await asyncio.sleep(0)
        come()
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=PATIENCE_S)
        assert done and task.cancelled(), f"it goes on when it is cancelled {turns} turns of the loop after"
