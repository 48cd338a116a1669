"""Every state of a tile can be drawn, and its levels as a line."""

from datetime import timedelta

import pytest

from services.alerts.dashboard.access.answers import places
from services.alerts.dashboard.access.visitor import Visitor
from services.alerts.dashboard.camera_view import WORDS
from services.alerts.dashboard.render import Renderer
from services.alerts.dashboard.sparkline import sparkline
from services.alerts.policy.faults import Handling
from services.alerts.state.recent_levels import RecentLevels
from services.bus.models import STATUSES
from tests.services.alerts.bench import START, Bench
from tests.services.alerts.dashboard.views import room, ward


@pytest.mark.parametrize("component", sorted(STATUSES))
@pytest.mark.parametrize("age", [0.0, 100.0])
@pytest.mark.parametrize("level", [None, 0, 1, 2, 3])
async def test_every_state_can_be_drawn(bench: Bench, component: str, age: float, level: int | None) -> None:
    """Status, evidence and alert in every combination; text that people typed is escaped."""
    renderer = Renderer("Europe/Berlin")
    seconds = 0.0
    for status in sorted(STATUSES[component]):  # type: ignore[index]
        for accepted in (False, True):
            seconds += 200
            if level is not None:
                await bench.pain(seconds, level)
                await bench.pain(seconds + 5, level)
            await bench.state(seconds + 6, component, status)
            if accepted and bench.ward_state.open_alerts():
                await bench.accept(bench.ward_state.open_alerts()[0].id, "<b>Ada</b>")
            await bench.tick(seconds + 6 + age)
            view = room(bench)
            html = renderer.room(view, bench.now)
            assert 'id="room-room-1"' in html
            assert "<b>Ada</b>" not in html
            assert ("Acknowledge" in html) == (view.rank == 1)
            word = "Not assessed" if level is None else WORDS[level]
            assert word in html
            assert (view.lead.assessment == "stale") == (level is not None and age > 0)
            assert " style=" not in html
            wards, html = [("ward-1", "Garden ward")], fragments(renderer, bench)
            whole = renderer.page(ward(bench), wards, html, "x-1", bench.now, places(Visitor()))
            assert whole.count("<article") == 9


def fragments(renderer: Renderer, bench: Bench) -> dict[str, str]:
    view = ward(bench)
    return {f"room:{one.id}": renderer.room(one, bench.now) for one in view.rooms} | {
        "lane": renderer.lane(view, [(one, Handling()) for one in view.alarms], 0, [], {}, bench.now),
        "recent": renderer.recent(view.recent, {}, bench.now),
        "summary": renderer.summary(view),
        "elsewhere": renderer.elsewhere(view, bench.site, bench.now),
        "sound": renderer.sound(view, None, bench.now),
        "on": renderer.on_duty(("Ada",)),
        "banner": renderer.banner(("Redis is away.",), view),
    }


def test_a_sparkline_holds_each_level_until_the_next() -> None:
    points = RecentLevels([(START, 0), (START + timedelta(minutes=5), 3)])
    drawn = str(sparkline(points, "Levels of the last ten minutes"))
    assert 'class="line" d="M5.0 39.0H120.0V5.0"' not in drawn
    assert 'd="M120.0 39.0H235.0V5.0"' in drawn
    assert "Levels of the last ten minutes: 0, 3" in drawn
    assert str(sparkline(RecentLevels(), "")) == ""
