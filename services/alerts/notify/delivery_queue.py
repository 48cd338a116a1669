"""What one receiver is still to be told, in memory: each change is tried until it was taken.

Changes of one alert (or camera) are tried in their order; those of another do not wait behind one that is refused. What
is refused is tried again after a growing pause of at most LONGEST_PAUSE_S, for as long as it takes. Full: the
oldest change is given up and counted.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from itertools import count
from typing import Generic, TypeVar

from prometheus_client import Counter

from services.alerts.notify.told import Told

WAITING_LIMIT = 10_000
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 60.0
One = TypeVar("One", bound=Told)
"""What a receiver takes: of its topic."""


class Sent(Enum):
    """TAKEN: the receiver has it. PASSED: there was nothing to tell this receiver. FAILED: to be tried again."""

    TAKEN = auto()
    PASSED = auto()
    FAILED = auto()


@dataclass(slots=True)
class _Delivery(Generic[One]):
    """number: its place in the queue. due: when to try next, by the loop's clock."""

    number: int
    told: One
    attempts: int = 0
    due: float = 0.0


class DeliveryQueue(Generic[One]):
    """Of one receiver. failing: the newest attempt at something that still waits was refused or not answered."""

    def __init__(self, counted: Counter, first_pause_s: float = FIRST_PAUSE_S) -> None:
        """counted: attempts, by their result: delivered, failed, dropped."""
        self._counted = counted
        self._first_pause_s = first_pause_s
        self._numbers = count()
        self._waiting: dict[str, _Delivery[One]] = {}
        self._wake = asyncio.Event()

    @property
    def failing(self) -> bool:
        """Whether an attempt failed that has not been made good."""
        return any(one.attempts for one in self._waiting.values())

    @property
    def waiting(self) -> int:
        """How many changes the receiver has not taken yet."""
        return len(self._waiting)

    def enqueue(self, one: One) -> One | None:
        """Queue a change; returns the one given up for it, if the queue was full."""
        if one.id in self._waiting:
            return None
        dropped = self._waiting.pop(next(iter(self._waiting))) if len(self._waiting) >= WAITING_LIMIT else None
        if dropped is not None:
            self._counted.labels("dropped").inc()
        self._waiting[one.id] = _Delivery(next(self._numbers), one)
        self._wake.set()
        return dropped.told if dropped else None

    async def deliver(
        self, send: Callable[[One], Awaitable[Sent]], confirm: Callable[[], Awaitable[None]]
    ) -> tuple[One, bool]:
        """Wait until a change is done with. Returns it, and whether the receiver was told of it.

        send: tries once. confirm: asked before every attempt; raises Deposed where another replica leads, which
        delivers it then.
        """
        while True:
            one = await self._due()
            await confirm()
            sent = await send(one.told)
            if sent is not Sent.FAILED:
                if sent is Sent.TAKEN:
                    self._counted.labels("delivered").inc()
                self._waiting.pop(one.told.id, None)
                return one.told, sent is Sent.TAKEN
            self._counted.labels("failed").inc()
            one.attempts += 1
            pause = min(self._first_pause_s * 2.0 ** (one.attempts - 1), LONGEST_PAUSE_S)
            one.due = asyncio.get_running_loop().time() + pause
            one.told = one.told.again()

    async def _due(self) -> _Delivery[One]:
        """The next delivery to try: the first of what it is about, least often tried, then the oldest."""
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            heads: dict[str, _Delivery[One]] = {}
            for one in self._waiting.values():
                heads.setdefault(one.told.about, one)
            due = [one for one in heads.values() if one.due <= loop.time()]
            if due:
                return min(due, key=lambda one: (one.attempts, one.number))
            pause = min((one.due for one in heads.values()), default=None)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(pause):
                    await self._wake.wait()
