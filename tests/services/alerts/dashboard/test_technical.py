"""Technical alarms in their lane, with a life of their own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.alerts.intake.recovery import StreamReplay
from services.alerts.policy.faults import fault_key
from services.alerts.policy.technical import Severity, TechnicalCondition, technical_conditions
from services.alerts.service_faults import ServiceFaults
from tests.services.alerts.bench import START, Bench
from tests.services.alerts.dashboard.lane import OFFLINE, WEBHOOK, lane, say, well
from tests.services.alerts.dashboard.over_http import Site
from tests.services.alerts.stream import stream

BUS = TechnicalCondition("", "bus", Severity.ALARM, "No connection to the message bus: nothing new can arrive.", START)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with well(tmp_path) as one:
        yield one


async def test_a_lost_hub_is_one_line_whatever_number_of_cameras_is_silent_by_it(site: Site) -> None:
    """Who was silent before stays, and what is broken otherwise."""
    bench, page, client = site
    cameras = [key for key in bench.ward_state.cameras if key.startswith("ward-1/")]
    others = {key.split("/")[1] for key in cameras} - {"room-1"}
    bench.at(40)
    await bench.alive(*others)
    page.ward_page.refresh()
    assert (await lane(client)).count("<li") == 1, "one room is silent before the hub is lost"
    page.faults = (replace(BUS, since=bench.at(50)),)
    bench.at(120)
    page.ward_page.refresh()
    assert len(page.ward_page.view.alarms) == len(cameras)
    found = await lane(client)
    assert found.count("<li") == 2 and found.count("Room device silent</b>") == 1
    assert f"{len(cameras) - 1} cameras are silent since then." in found
    page.faults = ()
    page.ward_page.refresh()
    assert (await lane(client)).count("<li") == len(cameras)


async def test_a_technical_alarm_is_seen_then_handed_over_and_is_new_when_it_comes_again(site: Site) -> None:
    bench, _, client = site
    await bench.state(1, "ingest", "offline")
    assert "Camera offline" in await lane(client)
    assert (await say(client, OFFLINE, "seen")).status_code == 200
    assert "seen by Ada" in await lane(client)
    await say(client, OFFLINE, "handed", note="ticket 7")
    assert "handed to the technician by Ada" in await lane(client)
    assert ": ticket 7" in await lane(client)
    await bench.state(5, "ingest", "live")
    await bench.state(9, "ingest", "offline")
    found = await lane(client)
    assert "Camera offline" in found
    assert "Ada" not in found
    lines = [json.loads(line) for line in bench.audit.copy.path.read_bytes().splitlines()]
    assert [(one["change"], one["scope"]) for one in lines] == [
        ("fault_seen", OFFLINE),
        ("fault_handed_over", OFFLINE),
    ]


async def test_what_is_wrong_in_the_service_stands_in_the_same_lane(site: Site) -> None:
    _, page, client = site
    page.faults = (WEBHOOK,)
    assert "A receiver of alerts does not answer" in await lane(client)
    bench = page.bench
    bench.at(5)
    await say(client, fault_key(WEBHOOK), "handed")
    assert "This service" in await lane(client)
    assert "handed to the technician by Ada" in await lane(client)


async def test_unknown_technical_alarms_are_refused(site: Site) -> None:
    _, _, client = site
    unknown = ("ward-1/room-1/nowhere/ingest.offline", "seen"), (OFFLINE, "mended"), ("ingest.offline", "seen")
    for key, verb in unknown:
        assert (await say(client, key, verb)).status_code == 404
    assert (await say(client, OFFLINE, "handed", note="x" * 201)).status_code == 422


async def test_what_was_done_about_it_outlasts_a_restart(site: Site, tmp_path: Path) -> None:
    bench, _, client = site
    await bench.state(1, "ingest", "offline")
    bench.at(3)
    await say(client, OFFLINE, "seen")
    new = Bench(tmp_path, site=bench.site)
    new.at(4)
    await StreamReplay(new.writer).run(stream(bench.sent))
    record = new.ward_state.cameras["ward-1/room-1/cam-room-1"]
    conditions = technical_conditions(new.ward_state.watched(record), new.ward_state.policy, new.now)
    (offline,) = (one for one in conditions if fault_key(one) == OFFLINE)
    seen = new.writer.desk.faults.of(offline).seen
    assert seen is not None
    assert seen.by.name == "Ada"


async def test_nobody_assessed_for_hours_is_an_alarm_though_nobody_is_in_view(site: Site) -> None:
    bench, _, client = site
    await bench.pain(1, 0)
    for hours, found in ((3.9, False), (4.1, True)):
        bench.at(hours * 3600)
        await bench.alive(keyframe="no_face")
        assert ("No recent evidence" in await lane(client)) is found


def test_what_fails_in_the_service_is_known_since_it_fails(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    well = {"redis": True, "webhook": False}
    faults = ServiceFaults(lambda: [(code, fine, code) for code, fine in well.items()], bench.clock)
    assert [(one.code, one.since) for one in faults.look()] == [("webhook", START)]
    bench.at(60)
    well["redis"] = False
    assert [(one.code, one.since) for one in faults.look()] == [("redis", bench.now), ("webhook", START)]
    well["webhook"] = True
    faults.look()
    well["webhook"] = False
    bench.at(90)
    assert faults.look()[1].since == bench.now


async def test_an_alarm_that_cannot_be_is_handled_by_nobody(site: Site) -> None:
    """A line of the audit log that no stream takes would keep all behind it from being written."""
    bench, _, client = site
    for code in ("x" * 30_000, "%00", "%E2%80%A8"):
        assert (await say(client, f"service/{code}", "seen")).status_code == 404
    assert (bench.journal.pending, bench.audit.place.count) == (0, 0)
    assert (await say(client, "service/webhook", "seen")).status_code == 200


async def test_of_a_room_with_two_cameras_the_lane_says_which(site: Site) -> None:
    bench, _, client = site
    await bench.state(1, "ingest", "offline", "room-1")
    await bench.state(1, "ingest", "offline", "room-2")
    found = await lane(client)
    assert 'aria-label="Seen: Room 1, Camera offline"' in found
    assert 'aria-label="Seen: Room 2, Bed, Camera offline"' in found


async def test_levels_of_before_are_not_drawn_as_those_of_now(site: Site) -> None:
    bench, _, client = site
    await bench.pain(0, 1, "room-1")
    tile = (await client.get("/")).text.split('id="room-room-1"')[1].split("</article>")[0]
    assert '<figure><svg class="trend"' in tile
    assert 'aria-label="Levels of the last ten minutes: 1"' in tile
    bench.at(3600)
    tile = (await client.get("/")).text.split('id="room-room-1"')[1].split("</article>")[0]
    assert '<figure class="stale"><svg class="trend"' in tile
    assert 'aria-label="Levels of the ten minutes before the last: 1"' in tile
