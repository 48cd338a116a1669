"""Waiting for what must come true: by asking again, for as long as a slow and busy machine may need."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE_S = 180.0
"""The one limit of every wait in these tests. Only a test that fails waits so long, so that it need not be short."""
POLL_S = 0.02


async def eventually(probe: Callable[[], Awaitable[T]], patience_s: float = PATIENCE_S) -> T:
    """The first truthy answer of `probe`; AssertionError when there is none in time."""
    end = time.monotonic() + patience_s
    while True:
        last = time.monotonic() > end
        if found := await probe():
            return found
        assert not last, f"the condition never came true in {patience_s:g} s"
        await asyncio.sleep(POLL_S)


def until(probe: Callable[[], T], patience_s: float = PATIENCE_S) -> T:
    """The same without a loop."""
    end = time.monotonic() + patience_s
    while True:
        last = time.monotonic() > end
        if found := probe():
            return found
        assert not last, f"the condition never came true in {patience_s:g} s"
        time.sleep(POLL_S)
