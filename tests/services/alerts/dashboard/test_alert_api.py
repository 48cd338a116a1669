"""What is done about alerts, and what is told of them, by the JSON API and by plain forms."""

from __future__ import annotations

import asyncio
import re

from services.alerts.actor import Role
from tests.services.alerts.dashboard.over_http import Site, ack, done


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
