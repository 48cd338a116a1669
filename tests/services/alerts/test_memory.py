"""What the service holds after hours of events is what it held before: counted in objects, not in pages of memory.

Every queue that keeps the newest of something is made short, so that it is full before the first count; what grows
with the number of alerts grows after it too, and is found.
"""

from __future__ import annotations

import gc
from collections import Counter, deque
from pathlib import Path

import pytest

from services.alerts.audit import ended_alerts
from services.alerts.notify import undelivered
from services.alerts.policy.alert import Outcome
from services.alerts.state import recent_levels
from tests.services.alerts.bench import Bench
from tests.services.alerts.kept_stream import KeptStream
from tests.services.alerts.page import Page

ROOMS = tuple(f"room-{number}" for number in range(1, 9))
EPISODES = 24
"""After which every room has had every kind of end."""


class Forgetting(KeptStream):
    """A stream whose lines lie elsewhere, as the hub's do: how many there are is known here."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    async def append(self, body: bytes, name: str, after: int) -> int:
        assert after == self.number
        self.number += 1
        return self.number

    async def count(self) -> int:
        return self.number


async def episode(bench: Bench, page: Page, number: int) -> None:
    """Somebody hurts, is called for, is looked after; every fourth is left to calm down. Four minutes."""
    room, seconds = ROOMS[number % len(ROOMS)], bench.hand.mono + 10.0
    alert = await bench.raised(room, 2, seconds)
    await bench.tick(seconds + 70)
    if number % 4:
        await bench.accept(alert)
        await bench.arrive(alert)
        await bench.resolve(alert, (Outcome.NO_PAIN, Outcome.PAIN, Outcome.PAIN_TREATED)[number % 3])
    for later in range(80, 200, 10):
        await bench.pain(seconds + later, 0, room)
    page.ward_page.refresh([room])
    await page.memory.keep()
    await bench.tick(seconds + 250)
    bench.sent.clear()


def held() -> Counter[str]:
    """How many objects there are of the service's own kinds."""
    gc.collect()
    kinds = Counter(map(type, gc.get_objects()))
    return Counter({one.__qualname__: count for one, count in kinds.items() if _is_ours(one)})


def _is_ours(kind: type) -> bool:
    return str(kind.__module__).startswith("services.")


async def test_alerts_that_are_over_leave_no_object_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ended_alerts, "KEPT_WHOLE", 10)
    monkeypatch.setattr(recent_levels, "LEVELS_KEPT", 20)
    monkeypatch.setattr(undelivered, "REMEMBERED", 50)
    bench = Bench(tmp_path)
    bench.stream = Forgetting()
    bench.ward_state.history = deque(maxlen=10)
    page = Page(bench)
    await page.database.open()
    for number in range(EPISODES):
        await episode(bench, page, number)
    before = held()
    for number in range(EPISODES, 3 * EPISODES):
        await episode(bench, page, number)
    grown = held() - before
    await page.close()
    assert bench.stream.number > 10 * EPISODES
    assert grown.total() < EPISODES, grown  # two queues hold one alert as one object, or as two
