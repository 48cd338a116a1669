"""Loops of a process end when they are told to."""

from __future__ import annotations

import asyncio
import contextlib

from services.runtime.lifecycle import every
from tests.support.waiting import PATIENCE_S


async def test_a_loop_ends_also_where_its_step_forgets_that_it_was_cancelled() -> None:
    began = asyncio.Event()

    async def step() -> None:
        began.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    loop = asyncio.create_task(every(0.0, step))
    await began.wait()
    loop.cancel()
    await asyncio.wait({loop}, timeout=PATIENCE_S)
    assert loop.cancelled()
