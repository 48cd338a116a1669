"""Devices and components that are silent, or were never heard, since when."""

from datetime import timedelta

import pytest

from services.alerts.policy.technical import Severity
from services.bus.models import STATUSES
from tests.services.alerts.bench import START, Bench
from tests.services.alerts.dashboard.views import codes, room, ward


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
