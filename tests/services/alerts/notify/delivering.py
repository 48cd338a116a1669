"""A bench's notifier, at work for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.services.alerts.bench import Bench
from tests.support.waiting import eventually


@asynccontextmanager
async def delivering(bench: Bench) -> AsyncIterator[None]:
    """It delivers until the block ends."""
    await bench.notifier.open()
    task = asyncio.create_task(bench.notifier.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def told(bench: Bench) -> None:
    """Until the record has taken everything."""

    async def nothing_waits() -> bool:
        return bench.notifier.waiting == 0

    await eventually(nothing_waits)
