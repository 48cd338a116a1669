"""Work that is not to be cut in its midst: what a thread or a database does goes on when whoever waits is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


async def whole(work: Coroutine[object, object, T]) -> T:
    """What `work` comes to. A cancellation that comes meanwhile is raised after its end; raises what `work` raises."""
    task = asyncio.create_task(work)
    cut: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cut = error
    if cut is None:
        return task.result()
    if not task.cancelled():
        task.exception()  # nobody asks for it any more
    raise cut
