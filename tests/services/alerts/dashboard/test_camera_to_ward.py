"""The chain from camera to ward: which link is broken, and what each says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.alerts.dashboard.camera_to_ward_view import room_chains
from services.alerts.policy.camera_to_ward import LinkState
from services.alerts.policy.technical import TechnicalCondition
from services.alerts.state.camera_record import decode_record, encode_record
from tests.services.alerts.bench import START, Bench
from tests.services.alerts.dashboard.lane import WEBHOOK, well
from tests.services.alerts.dashboard.over_http import Site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with well(tmp_path) as one:
        yield one


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
