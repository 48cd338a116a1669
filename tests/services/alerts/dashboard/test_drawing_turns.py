"""Pages take turns, and leave at least as much time as they take to what else the process does."""

from __future__ import annotations

import asyncio
import itertools
from functools import partial

from services.alerts.dashboard.drawing_turns import DrawingTurns


class Moments:
    """A clock that only drawing moves, and what happened on it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.happened: list[tuple[str, float]] = []

    def draw(self, page: str, seconds: float) -> None:
        self.happened.append((page, self.now))
        self.now += seconds

    async def sleep(self, seconds: float) -> None:
        self.happened.append(("others", seconds))
        await asyncio.sleep(0)
        self.now += seconds


async def test_nobody_draws_for_as_long_as_a_drawing_took() -> None:
    moments = Moments()
    turns = DrawingTurns(lambda: moments.now, moments.sleep)
    await asyncio.gather(*(turns.draw(partial(moments.draw, page, took)) for page, took in (("a", 3.0), ("b", 0.5))))
    assert moments.happened == [("a", 100.0), ("others", 3.0), ("b", 106.0), ("others", 0.5)]


async def test_one_that_fails_leaves_the_turn_to_the_next() -> None:
    turns = DrawingTurns()

    def fails() -> None:
        raise ValueError

    found = await asyncio.gather(turns.draw(fails), turns.draw(lambda: None), return_exceptions=True)
    assert [type(one) for one in found] == [ValueError, type(None)]


def test_pages_begin_as_far_apart_as_may_be() -> None:
    turns = DrawingTurns()
    phases = sorted(turns.phase() for _ in range(10))
    gaps = [second - first for first, second in itertools.pairwise([*phases, phases[0] + 1.0])]
    assert min(gaps) > 0.05, "of ten, a tenth would be even"
