"""Work that whoever waits for it does not cut: its end comes before the cancellation does."""

from __future__ import annotations

import asyncio

import pytest

from services.runtime.shielded import shielded


async def after(event: asyncio.Event, done: list[str], error: Exception | None = None) -> str:
    await event.wait()
    done.append("done")
    if error is not None:
        raise error
    return "found"


async def test_what_it_comes_to() -> None:
    event, done = asyncio.Event(), list[str]()
    event.set()
    assert await shielded(after(event, done)) == "found"
    with pytest.raises(ValueError, match="no use"):
        await shielded(after(event, done, ValueError("no use")))


@pytest.mark.parametrize("error", [None, ValueError()])
async def test_a_cancellation_comes_after_its_end_however_often(error: Exception | None) -> None:
    event, done = asyncio.Event(), list[str]()
    waiting = asyncio.create_task(shielded(after(event, done, error)))
    for _ in range(3):
        await asyncio.sleep(0)
        waiting.cancel()
    await asyncio.sleep(0)
    assert not waiting.done() and not done
    event.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert done == ["done"]
