"""The page, its events and the JSON API over real HTTP."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.alerts.actor import Role
from services.alerts.dashboard.http_server import DEAD_PEER_MS
from services.alerts.dashboard.request_guard import POLICY
from tests.services.alerts.bench import Bench
from tests.services.alerts.page import Page, browser, served
from tests.support.waiting import eventually


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[tuple[Bench, Page, httpx.AsyncClient]]:
    bench = Bench(tmp_path)
    async with served(bench) as (page, client):
        yield bench, page, client


Site = tuple[Bench, Page, httpx.AsyncClient]


def ack(alert: str) -> str:
    return f"/api/v1/alerts/{alert}/ack"


async def test_the_first_page_is_whole_without_scripts(site: Site) -> None:
    bench, _, client = site
    await bench.raised("room-3", 3)
    for path in ("/", "/ward/ward-1"):
        html = (await client.get(path)).raise_for_status().text
        assert html.index('id="room-room-3"') < html.index('id="room-room-1"')
        assert "Severe" in html
        assert "Not assessed" in html
        assert '<form class="ack" method="post"' in html
        assert 'aria-live="assertive"' in html
        assert "http://" not in html.replace("http://www.w3.org", "")
        assert "https://" not in html
    assert (await client.get("/ward/nowhere")).status_code == 404


async def test_everything_the_page_loads_comes_with_the_package(site: Site) -> None:
    _, _, client = site
    for path, kind in (
        ("ward.css", "text/css"),
        ("people.css", "text/css"),
        ("print.css", "text/css"),
        ("ward.js", "text/javascript"),
        ("clock.js", "text/javascript"),
        ("icon.svg", "image/svg+xml"),
    ):
        answer = (await client.get(f"/static/{path}")).raise_for_status()
        assert answer.headers["content-type"].startswith(kind)
        assert "//" not in answer.text.replace("http://www.w3.org", "").replace("// ", "").replace("//\n", "")


@pytest.mark.parametrize("path", ["/", "/static/ward.js", "/api/v1/alerts", "/nowhere"])
async def test_every_answer_carries_the_security_headers(site: Site, path: str) -> None:
    headers = (await site[2].get(path)).headers
    assert headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"
    assert "server" not in headers


async def test_a_strange_host_is_refused(site: Site) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "", "[::1"):
        assert (await site[2].get("/", headers={"Host": host})).status_code in (400, 421)
    assert (await site[2].get("/", headers={"Host": "127.0.0.1:1"})).status_code == 200


async def test_a_post_from_another_site_is_refused(site: Site) -> None:
    bench, page, client = site
    alert = await bench.raised()
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": page.url.replace("http:", "https:")},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        answer = await client.post(ack(alert), headers=headers)
        assert answer.status_code == 403, headers
    assert bench.ward_state.open_alerts()[0].ack is None
    own = {"Origin": page.url, "Sec-Fetch-Site": "same-origin"}
    assert (await client.post(ack(alert), headers=own)).status_code == 200


async def test_a_large_body_is_refused_and_a_name_in_it_believed_by_nobody(site: Site) -> None:
    bench, _, client = site
    alert = await bench.raised()
    assert (await client.post(ack(alert), content=b"x" * 5000)).status_code == 413
    assert bench.ward_state.open_alerts()[0].ack is None
    assert (await client.post(ack(alert), json={"by": "Grace"})).json()["ack"]["by"] == "Ada"


async def test_an_acknowledgement_is_taken_once(site: Site) -> None:
    bench, page, client = site
    alert = await bench.raised()
    bo = await page.client("Bo")
    first = await client.post(ack(alert))
    assert first.json()["ack"]["by"] == "Ada"
    again = await client.post(ack(alert))
    assert (again.status_code, again.json()["ack"]) == (200, first.json()["ack"])
    other = await bo.post(ack(alert))
    assert (other.status_code, other.json()) == (409, {"error": "acknowledged", "by": "Ada"})
    assert (await bo.post(ack("nothing"))).status_code == 404


def done(alert: str, verb: str) -> str:
    return f"/api/v1/alerts/{alert}/{verb}"


async def test_an_alert_is_answered_step_by_step_and_looked_at_again(site: Site) -> None:
    bench, page, ada = site
    bo = await page.client("Bo")
    alert = await bench.raised()
    early = await ada.post(done(alert, "resolve"), json={"outcome": "no_pain"})
    assert (early.status_code, early.json()) == (409, {"error": "nobody_there"})
    there = (await bo.post(done(alert, "arrive"))).json()
    assert (there["status"], there["arrival"]["by"]) == ("arrived", "Bo")
    for wrong in ({}, {"outcome": "cured"}, {"outcome": "no_pain", "reason": "x" * 201}):
        assert (await bo.post(done(alert, "resolve"), json=wrong)).status_code == 422
    said = {"outcome": "pain_treated", "reason": "  turned   in bed "}
    ended = (await bo.post(done(alert, "resolve"), json=said)).json()
    assert (ended["status"], ended["resolution"]["outcome"]) == ("resolved", "pain_treated")
    assert ended["resolution"]["reason"] == "turned in bed"
    over = await bo.post(ack(alert))
    assert (over.status_code, over.json()["error"]) == (404, "unknown")
    looked = await ada.post(done(alert, "reassess"), json={"outcome": "no_pain"})
    assert (looked.json()["reassessed"]["by"], looked.json()["reassess_at"]) == ("Ada", None)
    over = await ada.post(done(alert, "reassess"), json={"outcome": "no_pain"})
    assert (over.status_code, over.json()["error"]) == (409, "cleared")
    assert (await ada.post(done(alert, "dance"))).status_code == 404


async def test_whoever_accepts_or_comes_does_so_for_the_room(site: Site) -> None:
    bench, _, client = site
    bed = await bench.raised("room-2", 2)
    await bench.pain(10, 3, "room-2", "cam-chair")
    await bench.pain(15, 3, "room-2", "cam-chair")
    await client.post(ack(bed))
    assert {(one.level, one.status.value) for one in bench.ward_state.open_alerts()} == {
        (2, "acknowledged"),
        (3, "acknowledged"),
    }


async def test_a_race_for_an_alert_has_one_winner(site: Site) -> None:
    bench, page, _ = site
    alert = await bench.raised()
    nurses = [await page.client(f"Nurse {number}") for number in range(8)]
    answers = await asyncio.gather(*(one.post(ack(alert)) for one in nurses))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 7
    winner = next(one for one in answers if one.status_code == 200).json()["ack"]["by"]
    assert {one.json()["by"] for one in answers if one.status_code == 409} == {winner}
    assert bench.value("acknowledged_total", level="2") == 1


async def test_a_plain_form_acknowledges_and_leads_back(site: Site) -> None:
    bench, _, client = site
    alert = await bench.raised()
    token = re.search(r'name="form_token" value="([0-9a-f]{64})"', (await client.get("/ward/ward-1")).text)
    assert token is not None
    del client.headers["X-Form-Token"]
    answer = await client.post(ack(alert), data={"form_token": token[1]})
    assert (answer.status_code, answer.headers["location"]) == (303, "/ward/ward-1")
    assert "<b>Ada</b> is going" in (await client.get("/ward/ward-1")).text


async def test_the_snapshot_says_what_the_page_says(site: Site) -> None:
    bench, page, client = site
    alert = await bench.raised("room-3", 3)
    await bench.state(6, "keyframe", "covered", "room-4")
    page.problems = ("Redis is away: alerts are held in memory.",)
    value = (await client.get("/api/v1/ward/ward-1")).raise_for_status().json()
    assert [room["id"] for room in value["rooms"]][:2] == ["room-3", "room-4"]
    camera = value["rooms"][0]["cameras"][0]
    assert (camera["level"], camera["word"], camera["assessment"]) == (3, "Severe", "assessed")
    assert [one["id"] for one in value["open"]] == [alert]
    assert [one["code"] for one in value["alarms"]] == ["keyframe.covered"]
    assert value["degraded"] == list(page.problems)
    assert (await client.get("/api/v1/ward/nowhere")).status_code == 404
    alerts = (await client.get("/api/v1/alerts")).json()
    assert [one["id"] for one in alerts["open"]] == [alert]
    assert alerts["history"] == []


async def test_rejected_messages_are_listed_without_their_bodies(site: Site) -> None:
    bench, page, _ = site
    bench.writer.reject("pain.v1.ward-1.room-1.cam", "bad_body")
    technician = await page.client("Tess", Role.TECHNICIAN)
    (one,) = (await technician.get("/api/v1/rejected")).json()
    assert set(one) == {"at", "subject", "reason"}
    bench.writer.reject("nothing of ours", "unknown_type")
    kept = [(await page.client(name, Role.TECHNICIAN, wards=(name,))) for name in ("ward-1", "ward-2")]
    assert [len((await client.get("/api/v1/rejected")).json()) for client in (technician, *kept)] == [2, 1, 0]
    assert bench.value("poison_total", reason="bad_body") == 1


async def test_two_browsers_follow_an_alert_and_its_acknowledgement(site: Site) -> None:
    bench, page, client = site
    async with browser(page) as left, browser(page) as right:
        await left.until("Not assessed", "room:room-3")
        await right.until("Not assessed", "room:room-3")
        alert = await bench.raised("room-3", 3)
        for one in (left, right):
            await one.until("tile rank-1 raised alert-3", "room:room-3")
            await one.until("<b>1</b> call<", "summary")
            assert json.loads(one.fragments["order"])[0] == "room-3"
        await client.post(ack(alert))
        for one in (left, right):
            await one.until("<b>Ada</b> is going", "room:room-3")
        assert left.fragments == right.fragments
        assert bench.value("viewers") == 2


async def test_a_reconnecting_browser_gets_what_it_missed(site: Site) -> None:
    bench, page, _ = site
    async with browser(page) as events:
        await events.until("Not assessed", "room:room-1")
        seen = events.id
    await bench.pain(0, 1, "room-3")
    async with browser(page, seen) as events:
        await events.until("Mild", "room:room-3")
        assert "room:room-1" not in events.fragments
    for strange in ("other-1", f"{page.ward_page.spoken('en').boot}-99999", "nonsense"):
        async with browser(page, strange) as events:
            await events.until("Not assessed", "room:room-1")


async def test_time_alone_reaches_the_browser(site: Site) -> None:
    bench, page, _ = site
    await bench.pain(0, 0)
    async with browser(page) as events:
        await events.until("No pain", "room:room-1")
        await bench.alive("room-1")
        await events.until("Face in view", "room:room-1")
        bench.at(50)
        await events.until("Room device silent", "room:room-1")
        await bench.alive("room-1")
        await events.until("No recent evidence", "room:room-1")
        page.problems = ("Redis is away.",)
        await events.until("Redis is away", "banner")
        page.problems = ()
        await events.until("^(?!.*Redis)", "banner")
        assert "In 9 rooms a link from camera to ward is broken" in events.fragments["banner"]


async def test_beats_tell_that_the_service_lives(site: Site) -> None:
    _, page, _ = site
    async with browser(page) as events:
        assert (await events.next()).keys() == {"now"}
        assert events.names == ["beat"]


async def test_viewers_are_bounded(tmp_path: Path) -> None:
    async with served(Bench(tmp_path), max_viewers=1) as (page, client), browser(page) as events:
        await events.next()
        answer = await client.get("/events?ward=ward-1")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")


async def test_a_tab_that_comes_again_takes_its_own_place(tmp_path: Path) -> None:
    """The former connection may look alive for long after the browser has given it up."""
    bench = Bench(tmp_path)
    async with served(bench, max_viewers=2) as (page, client), browser(page, tab="one") as former:
        await former.next()
        for _ in range(3):
            async with browser(page, tab="one") as again:
                await again.next()
                assert bench.value("viewers") == 1
        async with browser(page, tab="one") as again, browser(page, tab="two") as other:
            await again.next()
            await other.next()
            assert (await client.get("/events?ward=ward-1&tab=three")).status_code == 503
            assert (await client.get("/events?ward=ward-1")).status_code == 503
            with pytest.raises(StopAsyncIteration):
                while True:
                    await former.next()


async def test_a_peer_that_is_gone_without_a_word_is_given_up_by_the_system(site: Site) -> None:
    _, page, _ = site
    set_to = page.server.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    assert set_to == DEAD_PEER_MS


async def test_a_page_that_cannot_be_drawn_is_reported_and_stops_nothing(site: Site, monkeypatch) -> None:
    bench, page, client = site
    monkeypatch.setitem(page.ward_page._renderer._templates.globals, "WORDS", ())
    await bench.raised("room-3", 3)

    async def reported() -> bool:
        return not page.ward_page.drawn

    await eventually(reported)
    assert "Room 4" in (await client.get("/")).raise_for_status().text
    assert bench.ward_state.open_alerts()
    monkeypatch.undo()
    async with browser(page) as events:
        await events.until("Severe", "room:room-3")
    assert page.ward_page.drawn
