"""Technical alarms in their lane, with a life of their own; and the chain from camera to ward."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from services.alerts.dashboard.camera_to_ward_view import room_chains
from services.alerts.intake.recovery import StreamReplay
from services.alerts.policy.camera_to_ward import LinkState
from services.alerts.policy.faults import fault_key
from services.alerts.policy.technical import Severity, TechnicalCondition, technical_conditions
from services.alerts.service_faults import ServiceFaults
from services.alerts.state.camera_record import decode_record, encode_record
from tests.services.alerts.bench import START, Bench
from tests.services.alerts.page import Page, served
from tests.services.alerts.stream import stream

OFFLINE = "ward-1/room-1/cam-room-1/ingest.offline"
BUS = TechnicalCondition("", "bus", Severity.ALARM, "No connection to the message bus: nothing new can arrive.", START)
WEBHOOK = TechnicalCondition("", "webhook", Severity.ALARM, "A receiver of alerts does not answer.", START)
Site = tuple[Bench, Page, httpx.AsyncClient]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    bench = Bench(tmp_path)
    await bench.alive()
    for key in bench.ward_state.cameras:
        _, room, camera = key.split("/")
        await bench.writer.receive(bench.epoch.state(room, "ingest", "live", bench.now, camera, {"consent_asks": "q1"}))
    async with served(bench) as (page, client):
        yield bench, page, client


async def say(client: httpx.AsyncClient, key: str, verb: str, **more: str) -> httpx.Response:
    return await client.post(f"/api/v1/faults/{key}/{verb}", json=more)


async def lane(client: httpx.AsyncClient) -> str:
    html = (await client.get("/")).text
    return " ".join(html.split('data-fragment="lane"')[1].split("</section>")[0].split())


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


def chains(bench: Bench, service: tuple[TechnicalCondition, ...] = ()) -> dict[str, list[LinkState]]:
    found = room_chains(bench.ward_state, bench.site.wards[0], service, bench.now)
    return {room.id: [link.state for link in room.cameras[0].links] for room in found}


async def test_a_whole_chain_is_good_from_camera_to_screen(site: Site) -> None:
    bench, _, _ = site
    await bench.pain(1, 0)
    assert set(chains(bench)["room-1"]) == {LinkState.GOOD}


@pytest.mark.parametrize(
    ("component", "status", "broken"),
    [
        ("ingest", "offline", 0),
        ("ingest", "stalled", 0),
        ("keyframe", "dark", 3),
        ("keyframe", "covered", 3),
        ("snni_client", "edge_unreachable", 4),
        ("snni_client", "model_mismatch", 4),
    ],
)
async def test_the_broken_link_is_marked_and_what_is_behind_it_is_not_known(
    site: Site, component: str, status: str, broken: int
) -> None:
    bench, _, client = site
    await bench.pain(1, 0)
    await bench.state(2, component, status)
    states = chains(bench)["room-1"]
    assert [index for index, one in enumerate(states) if one is LinkState.BAD] == [broken]
    assert states[broken + 1 : 6] == [LinkState.BEHIND] * (5 - broken)
    assert states[6:] == [LinkState.GOOD] * 3
    html = (await client.get("/ward/ward-1/chain")).text
    assert html.index('id="room-room-1"') < html.index('id="room-room-2"')
    assert html.count("broken at") == 1


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        (None, "Scores"),
        ("two-party/passive", "Scores, with one edge server"),
        ("three-servers/passive", "Scores, among three servers"),
        ("three-servers/active", "Scores, among three servers of which one may cheat"),
        ("four-servers/active", "Scores, among four servers of which one may cheat"),
        ("nine-servers/active", "Scores, in a mode called nine-servers/active"),
    ],
)
async def test_the_chain_says_among_whom_the_newest_level_was_computed(site: Site, mode: str | None, said: str) -> None:
    bench, _, client = site
    for level_mode in ("three-servers/passive", mode):
        told = bench.epoch.pain("room-1", 0, bench.now).model_copy(update={"mode": level_mode})
        await bench.writer.receive(told)
    html = (await client.get("/ward/ward-1/chain")).text
    chain = html.split('id="room-room-1"')[1].split("</section>")[0]
    assert f"<b>Secure scoring</b> <span>{said}</span>" in chain
    ward = (await client.get("/api/v1/ward/ward-1")).json()
    (room,) = (one for one in ward["rooms"] if one["id"] == "room-1")
    assert room["cameras"][0]["mode"] == mode
    record = bench.ward_state.cameras["ward-1/room-1/cam-room-1"]
    assert decode_record(encode_record(record)).mode == mode
    assert decode_record({name: value for name, value in encode_record(record).items() if name != "mode"}).mode is None


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("token_refused", "Camera offline: token_refused"),
        ("", "Camera offline"),
        ("<b>no</b>", "Camera offline"),
        ("n" * 41, "Camera offline"),
    ],
)
async def test_the_chain_says_why_a_camera_is_offline(site: Site, reason: str, said: str) -> None:
    bench, _, client = site
    await bench.state(2, "ingest", "offline", "room-1", reason=reason)
    html = (await client.get("/ward/ward-1/chain")).text
    chain = html.split('id="room-room-1"')[1].split("</section>")[0]
    assert f"<b>Camera</b> <span>{said}</span>" in chain
    await bench.state(3, "ingest", "connecting", "room-1", reason="token_refused")
    html = (await client.get("/ward/ward-1/chain")).text
    assert "token_refused" not in html


@pytest.mark.parametrize(("reason", "said"), [("unusable", "Picture stalled: unusable"), ("", "Picture stalled")])
async def test_the_chain_says_why_pictures_that_come_are_none(site: Site, reason: str, said: str) -> None:
    bench, _, client = site
    await bench.state(2, "ingest", "stalled", "room-1", reason=reason)
    html = (await client.get("/ward/ward-1/chain")).text
    assert f"<b>Camera</b> <span>{said}</span>" in html.split('id="room-room-1"')[1].split("</section>")[0]


async def test_where_nobody_is_asked_the_chain_says_so(site: Site) -> None:
    bench, _, client = site
    await bench.state(2, "ingest", "live", "room-1")
    assert chains(bench)["room-1"][2] is LinkState.ADVICE
    html = (await client.get("/ward/ward-1/chain")).text
    assert (html.count("Not asked for: processed without one"), html.count("Allowed")) == (1, len(chains(bench)))
    await bench.state(3, "ingest", "paused", "room-1")
    assert chains(bench)["room-1"][2] is not LinkState.GOOD


async def test_a_silent_device_breaks_the_chain_behind_a_camera_of_which_nothing_is_known(site: Site) -> None:
    bench, _, _ = site
    bench.at(100)
    await bench.alive("room-2")
    assert chains(bench)["room-1"][:3] == [LinkState.BEHIND, LinkState.BAD, LinkState.BEHIND]
    assert chains(bench, (WEBHOOK,))["room-2"][8] is LinkState.BAD


async def test_scoring_that_prepares_nothing_for_long_is_an_alarm(site: Site) -> None:
    bench, _, _ = site
    await bench.pain(1, 0)
    for seconds, state in ((30, LinkState.ADVICE), (181, LinkState.ADVICE), (183, LinkState.BAD)):
        bench.at(seconds)
        await bench.alive("room-1")
        await bench.pain(seconds - 0.9, 0)
        message = bench.epoch.state("room-1", "snni_client", "filling", START + timedelta(seconds=2))
        envelope = message.envelope.model_copy(update={"published_at": bench.now})
        await bench.writer.receive(message.model_copy(update={"envelope": envelope}))
        assert chains(bench)["room-1"][4] is state


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
