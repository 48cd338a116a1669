"""Loops of a process end when they are told to."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from services.runtime import lifecycle
from services.runtime.health import Health
from services.runtime.lifecycle import every, live
from services.runtime.metrics import Metrics
from services.runtime.process import Process
from services.runtime.settings import ServiceSettings
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


async def test_a_service_ends_also_where_a_loop_goes_on_after_it_was_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or whoever told it to stop must kill it: a request to a server that is gone forgets a cancellation."""
    monkeypatch.setattr(lifecycle, "AGAIN_S", 0.01)
    process, forgotten = Process(asyncio.Event(), metrics=Metrics()), 0

    async def loop() -> None:
        nonlocal forgotten
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if (forgotten := forgotten + 1) > 3:
                    raise

    async def nothing() -> None:
        process.stop.set()

    async with asyncio.timeout(PATIENCE_S):
        await live(process, ServiceSettings(), Health(), loops=[loop, nothing], drain=nothing)
    assert forgotten == 4
