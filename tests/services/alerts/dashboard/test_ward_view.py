"""What the ward sees: order, words, technical states; and that every state of a tile can be drawn."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.alerts.dashboard.render import Renderer
from services.alerts.dashboard.sparkline import sparkline
from services.alerts.dashboard.ward_view import WORDS, RoomView, WardView, room_view, ward_view
from services.alerts.policy.technical import STATES, Severity, technical_conditions
from services.bus.models import STATUSES
from tests.services.alerts.bench import START, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def ward(bench: Bench) -> WardView:
    return ward_view(bench.ward_state, bench.site.wards[0], bench.now)


def room(bench: Bench, name: str = "room-1") -> RoomView:
    return room_view(bench.ward_state, bench.site.wards[0], name, bench.now)


def codes(bench: Bench, name: str = "room-1") -> list[str]:
    return [one.code for camera in room(bench, name).cameras for one in camera.conditions]


def test_a_camera_is_not_assessed_until_a_level_arrives(bench: Bench) -> None:
    camera = room(bench).lead
    assert (camera.assessment, camera.level, camera.picture, camera.scoring_state) == (
        "not_assessed",
        None,
        "Not connected yet",
        "idle",
    )


async def test_old_evidence_is_a_technical_state_and_never_calm(bench: Bench) -> None:
    await bench.pain(0, 0)
    assert room(bench).lead.assessment == "assessed"
    assert room(bench).rank == 6
    bench.at(46)
    assert room(bench).lead.assessment == "stale"
    assert codes(bench) == ["stale"]
    assert room(bench).rank == 3


async def test_an_open_alert_stays_open_through_stale_evidence(bench: Bench) -> None:
    await bench.raised()
    await bench.tick(3600)
    view = room(bench)
    assert (view.rank, view.lead.assessment, view.alert is not None) == (1, "stale", True)


async def test_rooms_are_sorted_by_priority_then_age(bench: Bench) -> None:
    await bench.pain(-300, 0, "room-6")
    await bench.raised("room-5", 2, 0)
    await bench.raised("room-4", 2, 10)
    await bench.raised("room-3", 3, 20)
    accepted = await bench.raised("room-7", 3, 30)
    await bench.writer.acknowledge(accepted, "Ada")
    await bench.pain(36, 1, "room-8")
    await bench.pain(36, 0, "room-9")
    order = [one.id for one in ward(bench).rooms]
    assert order == ["room-3", "room-5", "room-4", "room-7", "room-6", "room-1", "room-2", "room-8", "room-9"]
    assert [one.level for one in ward(bench).open] == [3, 2, 2, 3]


async def test_the_first_broken_link_explains_the_rest(bench: Bench) -> None:
    await bench.pain(0, 0)
    await bench.state(10, "snni_client", "edge_unreachable")
    assert codes(bench) == ["snni_client.edge_unreachable"]
    await bench.state(20, "keyframe", "dark")
    await bench.state(30, "ingest", "offline")
    bench.at(100)
    assert codes(bench) == ["ingest.offline"]
    assert [alarm.code for alarm in ward(bench).alarms] == ["ingest.offline"]
    assert room(bench).lead.picture == "Camera offline"
    assert room(bench).lead.scoring == "Waiting"


@pytest.mark.parametrize("why", ["no_face", "face_turned_away", "face_too_small", "face_unclear"])
async def test_nobody_to_judge_is_advice_and_no_technical_alarm(bench: Bench, why: str) -> None:
    await bench.pain(0, 0)
    await bench.state(5, "keyframe", why)
    bench.at(3600)
    assert codes(bench) == [f"keyframe.{why}", "stale"]
    assert ward(bench).alarms == ()


async def test_a_wrong_clock_and_an_unlisted_camera_are_alarms(bench: Bench) -> None:
    message = bench.epoch.pain("attic", 1, START + timedelta(hours=1))
    await bench.writer.receive(message)
    assert codes(bench, "attic") == ["unlisted", "clock"]
    assert {alarm.severity for alarm in ward(bench).alarms} == {Severity.ALARM}


async def test_the_worst_camera_leads_a_room_with_two(bench: Bench) -> None:
    await bench.pain(0, 1, "room-2")
    await bench.pain(1, 0, "room-2", "cam-chair")
    assert room(bench, "room-2").lead.name == "Bed"
    await bench.pain(2, 2, "room-2", "cam-chair")
    assert room(bench, "room-2").lead.name == "Armchair"


def test_every_status_of_the_bus_has_a_meaning() -> None:
    quiet = {("ingest", "live"), ("keyframe", "ok"), ("snni_client", "scoring")}
    every = {(component, status) for component, statuses in STATUSES.items() for status in statuses}
    assert set(STATES) | quiet == every
    assert not set(STATES) & quiet


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
                await bench.writer.acknowledge(bench.ward_state.open_alerts()[0].id, "<b>Ada</b>")
            await bench.tick(seconds + 6 + age)
            view = room(bench)
            html = renderer.room(view)
            assert 'id="room-room-1"' in html
            assert "<b>Ada</b>" not in html
            assert ("Acknowledge" in html) == (view.rank == 1)
            word = "Not assessed" if level is None else WORDS[level]
            assert word in html
            assert (view.lead.assessment == "stale") == (level is not None and age > 0)
            assert " style=" not in html
            whole = renderer.page(ward(bench), [("ward-1", "Garden ward")], fragments(renderer, bench), "x-1")
            assert whole.count("<article") == 9


def fragments(renderer: Renderer, bench: Bench) -> dict[str, str]:
    view = ward(bench)
    return {f"room:{one.id}": renderer.room(one) for one in view.rooms} | {
        "lane": renderer.lane(view, {}),
        "recent": renderer.recent(view.recent, {}),
        "summary": renderer.summary(view),
        "banner": renderer.banner(("Redis is away.",)),
    }


def test_a_sparkline_holds_each_level_until_the_next() -> None:
    points = [(START, 0), (START + timedelta(minutes=5), 3)]
    drawn = str(sparkline(points))
    assert 'class="line" d="M5.0 39.0H120.0V5.0"' not in drawn
    assert 'd="M120.0 39.0H235.0V5.0"' in drawn
    assert "Levels of the last ten minutes: 0, 3" in drawn
    assert str(sparkline([])) == ""


async def test_technical_conditions_are_pure(bench: Bench) -> None:
    await bench.pain(0, 2)
    record = bench.ward_state.cameras["ward-1/room-1/cam-room-1"]
    assert technical_conditions(record.state, record.components, bench.ward_state.policy, bench.now) == ()
    assert (
        len(
            technical_conditions(
                record.state, record.components, bench.ward_state.policy, bench.now + timedelta(hours=1)
            )
        )
        == 1
    )
