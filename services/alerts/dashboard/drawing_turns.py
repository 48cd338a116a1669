"""When pages are drawn: one after another, and never longer than what else the process does meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

GOLDEN = (5**0.5 - 1) / 2
"""Multiples of it lie evenly on a circle, however many there are."""


class DrawingTurns:
    """Shared by all pages of a process, which has one thread for them and for the alarms.

    Drawing is optional, alarms are not: where the machine is too busy for both, pages come later and evidence is still
    taken in.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._turn = asyncio.Lock()
        self._pages = 0
        self._clock = clock
        self._sleep = sleep

    def phase(self) -> float:
        """When in a period a page begins, 0..1: as far as may be from the others', so that they do not come at once."""
        self._pages += 1
        return self._pages * GOLDEN % 1.0

    async def draw(self, make: Callable[[], None]) -> None:
        """Call make when it is this page's turn; nobody draws for as long as that took."""
        async with self._turn:
            begun = self._clock()
            make()
            await self._sleep(self._clock() - begun)
