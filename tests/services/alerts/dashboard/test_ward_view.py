"""What the ward sees: order, words, technical states; and that every state of a tile can be drawn."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.alerts.dashboard.access.answers import places
from services.alerts.dashboard.access.visitor import Visitor
from services.alerts.dashboard.camera_view import WORDS
from services.alerts.dashboard.render import Renderer
from services.alerts.dashboard.sparkline import sparkline
from services.alerts.dashboard.ward_view import RoomView, WardView, arrange, room_view
from services.alerts.policy.faults import Handling
from services.alerts.policy.technical import STATES, Severity, technical_conditions
from services.alerts.state.recent_levels import RecentLevels
from services.bus.models import STATUSES
from tests.services.alerts.bench import START, Bench
from tests.services.alerts.ward import make_site


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def ward(bench: Bench) -> WardView:
    here = bench.site.wards[0]
    return arrange(
        here, [room(bench, name) for ward, name in bench.ward_state.rooms if ward == here.id], bench.ward_state
    )


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
    await bench.alive()
    assert room(bench).lead.assessment == "stale"
    assert codes(bench) == ["stale"]
    assert room(bench).rank == 3


async def test_an_open_alert_stays_open_through_stale_evidence(bench: Bench) -> None:
    await bench.raised()
    await bench.tick(3600)
    view = room(bench)
    assert (view.rank, view.lead.assessment, view.alert is not None) == (1, "stale", True)


async def test_rooms_are_sorted_by_priority_then_age(bench: Bench) -> None:
    await bench.pain(0, 0, "room-6")
    await bench.raised("room-5", 2, 300)
    await bench.raised("room-4", 2, 310)
    await bench.raised("room-3", 3, 320)
    accepted = await bench.raised("room-7", 3, 330)
    await bench.accept(accepted, "Ada")
    await bench.pain(336, 1, "room-8")
    await bench.pain(336, 0, "room-9")
    await bench.alive()
    await bench.alive("room-1", "room-2", keyframe="no_face")
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
    await bench.alive("room-1", ingest="offline", keyframe="dark", snni_client="edge_unreachable")
    assert codes(bench) == ["ingest.offline"]
    assert [alarm.code for alarm in ward(bench).alarms if "/room-1/" in alarm.camera] == ["ingest.offline"]
    assert room(bench).lead.picture == "Camera offline"
    assert room(bench).lead.scoring == "Waiting"


@pytest.mark.parametrize("why", ["no_face", "face_turned_away", "face_too_small", "face_unclear"])
async def test_nobody_to_judge_is_advice_and_no_technical_alarm(bench: Bench, why: str) -> None:
    await bench.pain(0, 0)
    await bench.state(5, "keyframe", why)
    bench.at(3600)
    await bench.alive(keyframe=why)
    assert codes(bench) == [f"keyframe.{why}", "stale"]
    assert ward(bench).alarms == ()


async def test_a_wrong_clock_and_an_unlisted_camera_are_alarms(bench: Bench) -> None:
    message = bench.epoch.pain("attic", 1, START + timedelta(hours=1))
    await bench.writer.receive(message)
    bench.at(11)
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
        "lane": renderer.lane(view, [(one, Handling()) for one in view.alarms], [], {}, bench.now),
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


async def test_technical_conditions_are_pure(bench: Bench) -> None:
    await bench.pain(0, 2)
    await bench.alive("room-1")
    camera = bench.ward_state.watched(bench.ward_state.cameras["ward-1/room-1/cam-room-1"])
    policy = bench.ward_state.policy
    assert technical_conditions(camera, policy, bench.now) == ()
    assert [one.code for one in technical_conditions(camera, policy, bench.now + timedelta(hours=1))] == [
        "device.silent"
    ]


async def test_a_ward_where_nothing_ever_connected_is_not_well(bench: Bench) -> None:
    assert ward(bench).alarms == ()
    bench.at(31)
    assert len(ward(bench).alarms) == 10
    assert {(one.code, one.text, one.since) for one in ward(bench).alarms} == {
        ("device.unheard", "Room device never heard", START)
    }
    assert {one.rank for one in ward(bench).rooms} == {3}
    assert (room(bench).lead.picture, room(bench).lead.picture_state) == ("Room device never heard", "bad")
    await bench.alive("room-1")
    assert codes(bench) == []


async def test_a_device_that_dies_before_its_first_level_is_silent_since_it_was_last_heard(bench: Bench) -> None:
    bench.at(10)
    await bench.alive("room-1")
    bench.at(40)
    assert codes(bench) == []
    bench.at(41)
    (alarm,) = (one for one in ward(bench).alarms if "/room-1/" in one.camera)
    assert (alarm.code, alarm.severity, alarm.since) == ("device.silent", Severity.ALARM, START + timedelta(seconds=10))
    lead = room(bench).lead
    assert (lead.assessment, lead.picture, lead.picture_state, lead.scoring) == (
        "not_assessed",
        "Room device silent",
        "bad",
        "Waiting",
    )


@pytest.mark.parametrize("component", sorted(STATUSES))
async def test_the_silence_of_one_component_shows_whatever_it_last_said(bench: Bench, component: str) -> None:
    others = [one for one in STATUSES if one != component]
    await bench.alive("room-1")
    await bench.pain(0, 0)
    bench.at(35)
    for other in others:
        status = {"ingest": "live", "keyframe": "ok", "snni_client": "scoring"}[other]
        await bench.state(35, other, status)
    assert codes(bench) == [f"{component}.silent"]
    (alarm,) = room(bench).lead.conditions
    assert alarm.since == START
    states = {"ingest": "picture_state", "keyframe": "picture_state", "snni_client": "scoring_state"}
    assert getattr(room(bench).lead, states[component]) == "bad"


async def test_a_component_that_was_never_heard_is_silent_since_it_is_waited_for(bench: Bench) -> None:
    for seconds in (0, 20, 40):
        await bench.state(seconds, "ingest", "live")
        await bench.state(seconds, "keyframe", "no_face")
    assert ("snni_client.silent", START) in [(one.code, one.since) for one in room(bench).lead.conditions]


async def test_what_stands_first_in_the_chain_is_what_the_tile_says(bench: Bench) -> None:
    bench.at(35)
    await bench.state(35, "ingest", "stalled")
    assert codes(bench) == ["ingest.stalled", "keyframe.silent", "snni_client.silent"]
    lead = room(bench).lead
    assert (lead.picture, lead.picture_since) == ("Picture stalled", START + timedelta(seconds=35))
    assert lead.scoring == "Secure scoring silent"


async def test_levels_that_never_come_although_all_is_said_to_be_well_are_an_alarm(bench: Bench) -> None:
    for seconds in (0, 20, 45):
        bench.at(seconds)
        await bench.alive()
    assert ward(bench).alarms == ()
    bench.at(46)
    assert codes(bench) == ["unassessed"]
    assert {(one.text, one.severity, one.since) for one in room(bench).lead.conditions} == {
        ("No level yet", Severity.ALARM, START)
    }
    await bench.alive("room-1", keyframe="no_face")
    assert [one.severity for one in room(bench).lead.conditions] == [Severity.ADVICE, Severity.ADVICE]


async def test_silence_before_this_run_listens_says_nothing(bench: Bench) -> None:
    await bench.alive("room-1")
    bench.at(3600)
    bench.ward_state.listening_since = bench.now
    assert codes(bench) == []
    bench.at(3631)
    (alarm,) = room(bench).lead.conditions
    assert (alarm.code, alarm.since) == ("device.silent", START)


async def test_a_set_clock_ages_nothing(bench: Bench) -> None:
    """A camera silent for five minutes does not become assessed because the ward's clock is set back by ten."""
    await bench.alive("room-1")
    await bench.pain(0, 0)
    for by in (-600.0, 7200.0):
        await bench.set_clock(by)
        assert room(bench).lead.assessment == "assessed"
    await bench.set_clock(-6600.0)
    bench.at(300)
    for by in (-600.0, 86400.0, -86400.0, 600.0):
        await bench.set_clock(by)
        view = room(bench)
        assert (view.lead.assessment, codes(bench)) == ("stale", ["device.silent"])
        assert bench.now - (view.lead.level_at or START) == timedelta(seconds=300)


async def test_a_device_with_a_wrong_clock_is_assessed_and_its_clock_named(bench: Bench) -> None:
    for behind in (timedelta(hours=2), timedelta(minutes=3), timedelta(days=200), timedelta(hours=-2)):
        for _ in range(4):
            seconds = bench.hand.mono + 5
            message = bench.epoch.pain("room-1", 0, START + timedelta(seconds=seconds) - behind)
            said = bench.epoch.state("room-1", "ingest", "live", START + timedelta(seconds=seconds) - behind)
            bench.at(seconds + 0.9)
            assert (await bench.writer.receive(message)).verdict == "applied"
            assert (await bench.writer.receive(said)).verdict == "applied"
        view = room(bench)
        assert view.lead.assessment == "assessed"
        assert "clock" in codes(bench)
        assert abs(bench.now - (view.lead.level_at or START)) < timedelta(seconds=2)


async def test_what_waited_behind_a_lost_connection_is_no_wrong_clock_for_long(bench: Bench) -> None:
    await bench.alive("room-1")
    message = bench.epoch.pain("room-1", 2, bench.now)
    bench.at(60)
    await bench.writer.receive(message)
    assert "clock" not in codes(bench)
    await bench.alive("room-1")
    bench.at(80)
    await bench.alive("room-1")
    assert "clock" not in codes(bench)
    assert room(bench).lead.assessment == "assessed"


async def test_a_status_began_as_long_ago_as_its_component_says_whatever_its_clock(bench: Bench) -> None:
    record = bench.ward_state.cameras["ward-1/room-1/cam-room-1"]
    bench.at(100)

    async def told(status: str, lasted: float, skew: float) -> timedelta:
        now = bench.now + timedelta(seconds=skew)
        message = bench.epoch.state("room-1", "ingest", status, now - timedelta(seconds=lasted))
        envelope = message.envelope.model_copy(update={"published_at": now})
        await bench.writer.receive(message.model_copy(update={"envelope": envelope}))
        return bench.now - record.components["ingest"].since

    assert await told("offline", 60, -7200) == timedelta(seconds=60)
    bench.at(110)
    assert await told("offline", 70, -7200) == timedelta(seconds=70)
    assert await told("offline", 86400 * 400, 0) == timedelta(seconds=70)
    assert await told("offline", -500, 0) == timedelta(seconds=70)
    assert await told("offline", 5, 3600) == timedelta(seconds=5)
    assert await told("live", 86400 * 400, 0) == timedelta(0)


def test_two_hundred_calm_rooms_stand_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    names = {f"room-{number}": f"Room {number}" for number in range(1, 201)}
    site = make_site(tmp_path, dict(sorted(names.items())))
    rooms = ward(Bench(tmp_path, site=site)).rooms
    assert [one.name for one in rooms] == list(names.values())


@pytest.mark.parametrize("status", ["paused", "consent_withdrawn"])
async def test_a_camera_that_somebody_stopped_is_no_fault_and_nothing_after_it_is_told(
    bench: Bench, status: str
) -> None:
    await bench.pain(0, 1)
    await bench.state(1, "ingest", status)
    await bench.state(1, "keyframe", "dark")
    await bench.state(1, "snni_client", "scoring")
    for seconds in range(20, 301, 20):
        await bench.state(seconds, "ingest", status)
        await bench.state(seconds, "keyframe", "dark")
        await bench.state(seconds, "snni_client", "scoring")
    assert codes(bench) == [f"ingest.{status}"]
    assert [one for one in ward(bench).alarms if "/room-1/" in one.camera] == []


async def test_what_a_room_refused_is_an_alarm_beside_whatever_else_it_says(bench: Bench) -> None:
    await bench.alive()
    await bench.state(1, "ingest", "paused", consent_refused="replayed", consent_by="nurse")
    assert codes(bench) == ["ingest.paused", "consent_refused"]
    assert "A forged or repeated consent was refused" in [one.text for one in ward(bench).alarms]
    await bench.state(2, "ingest", "live")
    assert "consent_refused" not in codes(bench)


@pytest.mark.parametrize("status", ["paused", "no_consent", "consent_unknown", "consent_withdrawn"])
async def test_pain_of_a_camera_that_is_not_processed_does_not_call_again(bench: Bench, status: str) -> None:
    await bench.raised()
    await bench.state(6, "ingest", status)
    record = next(iter(bench.ward_state.cameras.values()))
    assert bench.ward_state.inhibited(record, bench.now)
    assert room(bench).lead.held == "inhibited"
