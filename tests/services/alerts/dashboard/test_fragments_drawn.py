"""What is drawn at an event: what changed by it, and nothing else, in every language that somebody reads."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import ClassVar

import pytest

from services.alerts.actor import typed_name
from services.alerts.dashboard import ward_page
from services.alerts.dashboard.drawing_turns import DrawingTurns
from services.alerts.dashboard.render import Renderer
from services.alerts.dashboard.ward_page import WardPage
from services.alerts.policy.alert import Outcome
from services.alerts.policy.technical import Severity, TechnicalCondition
from tests.services.alerts.bench import Bench
from tests.support.cancelled import ends_when_cancelled
from tests.support.waiting import PATIENCE_S, eventually


class Counting(Renderer):
    """Notes which templates it draws; in other languages too."""

    drawn: ClassVar[Counter[str]] = Counter()

    def render(self, name: str, **values: object) -> str:
        self.drawn[f"{self.language.code} {name}"] += 1
        return super().render(name, **values)

    def spoken(self, code: str) -> Renderer:
        return self if code == self.language.code else Counting(self.timezone, code)


class Watched:
    """A page, and what it draws."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.problems: tuple[str, ...] = ()
        self.faults: tuple[TechnicalCondition, ...] = ()
        desk = bench.writer.desk
        ward, now = bench.site.wards[0], bench.clock
        renderer = Counting(None)
        self.page = WardPage(bench.ward_state, ward, renderer, now, lambda: self.problems, desk, lambda: self.faults)
        bench.writer.listeners.append(self.page.mark_changed)
        self.changed()

    def changed(self) -> dict[str, int]:
        """The templates that a turn of the page's loop draws, and how often."""
        Counting.drawn.clear()
        self.page.refresh(self.page._dirty)
        return dict(Counting.drawn)


@pytest.fixture
async def watched(tmp_path: Path) -> Watched:
    bench = Bench(tmp_path)
    await bench.alive()
    for key in bench.ward_state.cameras:
        await bench.pain(0.0, 0, key.split("/")[1])
    return Watched(bench)


async def test_a_level_draws_its_room_alone(watched: Watched) -> None:
    assert watched.changed() == {}
    await watched.bench.pain(5.0, 0, "room-3")
    assert watched.changed() == {"en tile.html": 1}
    assert watched.page.drawn


async def test_an_alert_draws_its_room_and_the_counts(watched: Watched) -> None:
    await watched.bench.pain(5.0, 2, "room-3")
    watched.changed()
    await watched.bench.pain(10.0, 2, "room-3")
    assert watched.changed() == {"en tile.html": 1, "en summary.html": 1}
    (alert,) = watched.bench.ward_state.open_alerts()
    await watched.bench.arrive(alert.id)
    await watched.bench.resolve(alert.id, Outcome.NO_PAIN)
    assert watched.changed() == {"en tile.html": 1, "en summary.html": 1, "en recent.html": 1}


async def test_what_fails_draws_where_it_is_told(watched: Watched) -> None:
    watched.problems = ("Redis is away: alerts are held in memory.",)
    assert watched.changed() == {"en banner.html": 1}
    text = "Redis is away: alerts are held in memory."
    watched.faults = (TechnicalCondition("", "redis", Severity.ALARM, text, watched.bench.now),)
    assert watched.changed() == {"en lane.html": 1}
    await watched.bench.writer.note(
        watched.bench.writer.desk.faults.seen("service/redis", typed_name("Ada"), watched.bench.now)
    )
    assert watched.changed() == {"en lane.html": 1}


async def test_another_language_is_drawn_once_and_then_with_the_first(watched: Watched) -> None:
    watched.page.spoken("de")
    await watched.bench.pain(5.0, 0, "room-3")
    assert watched.changed() == {"en tile.html": 1, "de tile.html": 1}


async def test_a_new_day_draws_everything_anew(watched: Watched) -> None:
    watched.bench.at(watched.bench.hand.mono + 24 * 3600)
    drawn = watched.changed()
    assert drawn["en tile.html"] == len(watched.page.view.rooms)
    assert {"en lane.html", "en recent.html", "en summary.html", "en sound.html", "en banner.html"} <= drawn.keys()


async def test_drawing_ends_when_it_is_cancelled_as_something_changes(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ward_page, "SPACING_S", 0)  # so that it soon waits again
    watched.page._turns = DrawingTurns(lambda: 0.0)
    await ends_when_cancelled(
        lambda: watched.page.run(3600.0), lambda: watched.page.mark_changed(["ward-1/room-3/cam-room-3"])
    )


async def test_a_waking_that_changes_nothing_is_heard_once_and_lets_streams_sleep_again(watched: Watched) -> None:
    """As when somebody's session ends: streams went on and on until something changed."""
    one = watched.page.spoken("en")
    waiting = asyncio.create_task(one.wait_beyond(one.version, PATIENCE_S, one.next))
    await asyncio.sleep(0)
    turn = one.next
    one.wake()
    assert await waiting is False
    assert await one.wait_beyond(one.version, PATIENCE_S, turn) is False, "heard also by who was looking elsewhere"
    asleep = asyncio.create_task(one.wait_beyond(one.version, PATIENCE_S, one.next))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not asleep.done()
    await watched.bench.pain(5.0, 0, "room-3")
    watched.changed()
    assert await asleep is True


async def test_what_time_alone_changes_is_drawn_of_every_room_part_by_part(watched: Watched) -> None:
    rooms = len(watched.page.view.rooms)
    watched.bench.at(600.0)
    parts = [watched.page._look_through(part) or Counting.drawn["en tile.html"] for part in range(ward_page.PARTS)]
    assert parts[-1] == rooms, "nobody says anything any more, in any room"
    assert parts[0] < rooms
    watched.bench.at(24 * 3600.0)
    Counting.drawn.clear()
    running = asyncio.create_task(watched.page.run(0.01))

    async def all_of_them() -> bool:
        return Counting.drawn["en tile.html"] >= rooms

    await eventually(all_of_them)
    running.cancel()
