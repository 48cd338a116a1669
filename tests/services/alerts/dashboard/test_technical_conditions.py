"""What is wrong with a camera: the first broken link, whatever else is said; and what is no fault."""

from datetime import timedelta

import pytest

from services.alerts.policy.technical import STATES, technical_conditions
from services.bus.models import STATUSES
from tests.services.alerts.bench import START, Bench
from tests.services.alerts.dashboard.views import codes, room, ward


def test_every_status_of_the_bus_has_a_meaning() -> None:
    quiet = {("ingest", "live"), ("keyframe", "ok"), ("snni_client", "scoring")}
    every = {(component, status) for component, statuses in STATUSES.items() for status in statuses}
    assert set(STATES) | quiet == every
    assert not set(STATES) & quiet


async def test_technical_conditions_are_pure(bench: Bench) -> None:
    await bench.pain(0, 2)
    await bench.alive("room-1")
    camera = bench.ward_state.watched(bench.ward_state.cameras["ward-1/room-1/cam-room-1"])
    policy = bench.ward_state.policy
    assert technical_conditions(camera, policy, bench.now) == ()
    assert [one.code for one in technical_conditions(camera, policy, bench.now + timedelta(hours=1))] == [
        "device.silent"
    ]


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


async def test_what_stands_first_in_the_chain_is_what_the_tile_says(bench: Bench) -> None:
    bench.at(35)
    await bench.state(35, "ingest", "stalled")
    assert codes(bench) == ["ingest.stalled", "keyframe.silent", "snni_client.silent"]
    lead = room(bench).lead
    assert (lead.picture, lead.picture_since) == ("Picture stalled", START + timedelta(seconds=35))
    assert lead.scoring == "Secure scoring silent"


@pytest.mark.parametrize("why", ["no_face", "face_turned_away", "face_too_small", "face_unclear"])
async def test_nobody_to_judge_is_advice_and_no_technical_alarm(bench: Bench, why: str) -> None:
    await bench.pain(0, 0)
    await bench.state(5, "keyframe", why)
    bench.at(3600)
    await bench.alive(keyframe=why)
    assert codes(bench) == [f"keyframe.{why}", "stale"]
    assert ward(bench).alarms == ()


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
