"""Pauses of calls and of sound, plans of wards and residents: over real HTTP, in the audit log, through a restart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.alerts.audit.audit_file import verify
from services.alerts.dashboard.ward_view import room_view
from services.alerts.intake.recovery import restore
from tests.services.alerts.bench import Bench
from tests.services.alerts.page import served
from tests.support.waiting import eventually

BED = "ward-1/room-1/cam-room-1"
PLAN = {"reason": "Her calm face reads 1", "review_on": "2026-06-01"}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[tuple[Bench, httpx.AsyncClient]]:
    bench = Bench(tmp_path)
    async with served(bench) as (_, client):
        yield bench, client


Site = tuple[Bench, httpx.AsyncClient]


def written(bench: Bench) -> list[tuple[str, Any]]:
    lines = [json.loads(line) for line in bench.audit.copy.path.read_bytes().splitlines()]
    assert verify(bench.audit.copy.path) == len(lines)
    return [(one["change"], one.get("scope")) for one in lines]


async def test_a_pause_holds_a_rooms_calls_and_no_other_and_ends_by_itself(site: Site) -> None:
    bench, client = site
    asked = {"minutes": 5, "reason": "washing"}
    answer = await client.post("/api/v1/wards/ward-1/rooms/room-1/pause", json=asked)
    assert answer.json()["until"] == "2026-03-01T08:05:00.000000+00:00"
    await bench.raised("room-1", 3, 10)
    await bench.raised("room-3", 3, 20)
    signals = {one.camera.split("/")[1]: one.signals for one in bench.ward_state.open_alerts()}
    assert signals == {"room-1": 0, "room-3": 1}
    html = (await client.get("/")).text
    assert "Alarms paused by <b>Ada</b> (washing)" in html
    await bench.tick(301)
    assert {one.signals for one in bench.ward_state.open_alerts() if "room-1" in one.camera} == {1}
    assert "Alarms paused" not in (await client.get("/")).text
    assert ("alarms_paused", "ward-1/room-1") in written(bench)


async def test_a_pause_is_ended_by_hand_and_never_longer_than_the_rules_allow(site: Site) -> None:
    bench, client = site
    long = await client.post("/api/v1/wards/ward-1/rooms/room-1/pause", json={"minutes": 600})
    assert long.json()["until"] == "2026-03-01T08:10:00.000000+00:00"
    await client.post("/api/v1/wards/ward-1/rooms/room-1/resume")
    await bench.raised("room-1", 2, 10)
    assert bench.ward_state.open_alerts()[0].signals == 1
    again = await client.post("/api/v1/wards/ward-1/rooms/room-1/resume")
    assert again.json() == {}
    for minutes in ("", "soon", 0, -5, "nan"):
        wrong = {"minutes": minutes}
        assert (await client.post("/api/v1/wards/ward-1/rooms/room-1/pause", json=wrong)).status_code == 422
    for path in ("wards/nowhere/rooms/room-1/pause", "wards/ward-1/rooms/nowhere/pause", "wards/ward-1/sound/stop"):
        assert (await client.post(f"/api/v1/{path}", json={"minutes": 5})).status_code == 404


async def test_the_sound_pauses_for_two_minutes_and_comes_back_for_a_new_level_three(site: Site) -> None:
    bench, client = site
    desk = bench.writer.desk
    await client.post("/api/v1/wards/ward-1/sound/pause")
    assert "Sound paused by Ada" in (await client.get("/")).text
    await bench.raised("room-1", 2, 10)
    assert desk.sound_pause("ward-1", bench.now) is not None
    assert bench.ward_state.open_alerts()[0].signals == 1
    await bench.raised("room-3", 3, 30)
    assert desk.sound_pause("ward-1", bench.now) is None
    await client.post("/api/v1/wards/ward-1/sound/pause")
    await bench.set_clock(-3600)
    assert desk.sound_pause("ward-1", bench.now) is not None
    bench.at(bench.hand.mono + 120)
    assert desk.sound_pause("ward-1", bench.now) is None
    kinds = [change for change, _ in written(bench)]
    assert kinds.count("sound_paused") == 2
    assert kinds.count("sound_resumed") == 1


async def test_a_resident_whose_calm_face_reads_two_is_called_for_three_only(site: Site) -> None:
    bench, client = site
    answer = await client.post(f"/api/v1/plans/{BED}", json=PLAN | {"baseline": 2})
    assert answer.status_code == 200
    await bench.raised("room-3", 2, 0)
    for seconds in range(10, 60, 5):
        await bench.pain(seconds, 2, "room-1")
    assert {one.camera.split("/")[1] for one in bench.ward_state.open_alerts()} == {"room-3"}
    await bench.pain(60, 3, "room-1")
    await bench.pain(65, 3, "room-1")
    assert {one.camera.split("/")[1] for one in bench.ward_state.open_alerts()} == {"room-1", "room-3"}
    assert "its plan was to be looked at" not in (await client.get("/")).text
    plans = (await client.get("/api/v1/wards/ward-1/plans")).json()
    assert (plans[BED]["by"], plans[BED]["reason"], plans[BED]["review_on"]) == ("Ada", PLAN["reason"], "2026-06-01")
    await client.post(f"/api/v1/plans/{BED}", json=PLAN | {"baseline": 2, "review_on": "2026-03-01"})
    assert "its plan was to be looked at by 1 Mar 2026" in (await client.get("/")).text


async def test_plans_are_made_again_from_the_audit_log(site: Site, tmp_path: Path) -> None:
    bench, client = site
    await client.post("/api/v1/plans/ward-1", json=PLAN | {"raise_level": 1, "quiet": "22:00-06:00"})
    await client.post(f"/api/v1/plans/{BED}", json=PLAN | {"baseline": 1, "raise_pieces": 3})
    await client.post("/api/v1/plans/ward-1/room-3/cam-room-3", json=PLAN | {"baseline": 1})
    await client.post("/api/v1/plans/ward-1/room-3/cam-room-3/end")
    new = Bench(tmp_path, site=bench.site)
    await restore(new.ward_state, new.store, new.audit.index, new.now)
    assert new.ward_state.plans.all() == bench.ward_state.plans.all()
    assert set(new.ward_state.plans.all()) == {"ward-1", BED}
    rules = new.ward_state.plans.policy(BED).rules
    assert (rules.raise_level, rules.clear_level, rules.raise_pieces) == (2, 1, 3)
    other = new.ward_state.plans.policy("ward-1/room-3/cam-room-3")
    assert (other.rules.raise_level, other.rules.clear_level, len(other.quiet)) == (1, 0, 1)
    lines = [json.loads(line) for line in bench.audit.copy.path.read_bytes().splitlines()]
    assert [one["details"]["before"] is None for one in lines] == [True, True, True, False]


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": ""},
        {"review_on": "soon"},
        {"baseline": 3},
        {"raise_level": 4},
        {"raise_pieces": 0},
        {"raise_pieces": 5, "raise_among": 3},
        {"quiet": "08:00-21:00"},
        {"quiet": "22:00"},
        {"repeat_s": 7200},
        {"raise_level": "two"},
    ],
)
async def test_what_no_plan_may_say_is_refused(site: Site, wrong: dict[str, Any]) -> None:
    bench, client = site
    assert (await client.post(f"/api/v1/plans/{BED}", json=PLAN | wrong)).status_code == 422
    assert (await client.post("/api/v1/plans/nowhere", json=PLAN)).status_code == 404
    assert (await client.post("/api/v1/plans/ward-1/nowhere", json=PLAN)).status_code == 422
    assert bench.ward_state.plans.all() == {}


async def test_a_camera_that_cannot_be_assessed_inhibits_its_pain_and_the_page_says_so(site: Site) -> None:
    bench, client = site
    await bench.alive()
    await bench.raised("room-1", 2, 0)
    await bench.state(20, "ingest", "offline", "room-1")
    bench.at(70)
    await bench.alive(ingest="live")
    await bench.state(71, "ingest", "offline", "room-1")
    await bench.tick(80)
    view = room_view(bench.ward_state, bench.site.wards[0], "room-1", bench.now)
    assert (view.lead.held, bench.ward_state.open_alerts()[0].signals) == ("inhibited", 1)
    assert "Its pain does not call again until it can" in (await client.get("/")).text
    await bench.state(90, "ingest", "live", "room-1")
    await bench.tick(91)
    assert bench.ward_state.open_alerts()[0].signals == 2


async def test_a_screen_that_shows_an_alert_has_it(site: Site) -> None:
    bench, client = site
    async with client.stream("GET", "/events?ward=ward-1") as events:

        async def read() -> None:
            async for _ in events.aiter_lines():
                pass

        async def noted() -> bool:
            return bench.audit.copy.path.exists() and b'"change":"notified"' in bench.audit.copy.path.read_bytes()

        reading = asyncio.create_task(read())
        await bench.raised("room-1", 3, 0)
        await eventually(noted)
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
    (alert,) = bench.ward_state.open_alerts()
    assert alert.notified_at is not None
