"""Work that is not to be cut in its midst: what a thread or a database does goes on when whoever waits is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


async def shielded(work: Coroutine[object, object, T]) -> T:
    """What `work` comes to. Raises what `work` raises.

    A cancellation that comes meanwhile is raised after its end, as in a shielded scope of AnyIO's; other than with
    asyncio.shield, which leaves the work behind.
    """
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
