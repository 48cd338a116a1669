"""Consents, pauses and times of care on the ward's pages: set by people, shown, in the audit log, and in a browser."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.alerts.actor import Role
from tests.services.alerts.bench import Bench
from tests.services.alerts.chromium import chromium
from tests.services.alerts.dashboard.axe import violations
from tests.services.alerts.page import Page, served

CAMERA = "ward-1/room-1/cam-room-1"
GIVEN = {"basis": "given", "decided_by": "Mr Novak", "review_on": "2026-06-01", "note": "asked twice"}


@pytest.fixture
async def page(bench: Bench) -> AsyncIterator[tuple[Page, httpx.AsyncClient]]:
    async with served(bench, timezone="Europe/Berlin") as both:
        yield both


def written(bench: Bench, change: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in bench.audit.copy.path.read_bytes().splitlines()]
    return [one for one in lines if one["change"] == change]


async def test_a_consent_is_recorded_with_who_and_until_when(
    page: tuple[Page, httpx.AsyncClient], bench: Bench
) -> None:
    _, ada = page
    text = (await ada.get("/ward/ward-1/consents")).text
    assert "No consent is recorded" in text
    answer = await ada.post(f"/api/v1/consents/{CAMERA}", json=GIVEN)
    assert answer.status_code == 200
    text = (await ada.get("/ward/ward-1/consents")).text
    for said in ("Allowed by the resident", "Mr Novak", "Ada", "1 Jun 2026", "asked twice"):
        assert said in text
    (line,) = written(bench, "consent_set")
    assert (line["scope"], line["details"]["consent"]["decided_by"]) == (CAMERA, "Mr Novak")


async def test_who_may_pause_may_not_decide(page: tuple[Page, httpx.AsyncClient]) -> None:
    one, _ = page
    carer = await one.client("Cleo", Role.CARER)
    assert (await carer.post(f"/api/v1/consents/{CAMERA}", json=GIVEN)).status_code == 403
    assert (await carer.post(f"/api/v1/care-times/{CAMERA}", json={"times": ""})).status_code == 403
    assert (await carer.post("/api/v1/pauses/ward-1/room-1", json={"minutes": 15})).status_code == 200
    text = (await carer.get("/ward/ward-1/consents")).text
    assert "Record a decision" not in text
    assert "End pause" in text


async def test_a_pause_of_a_room_shows_on_its_tile_until_somebody_ends_it(
    page: tuple[Page, httpx.AsyncClient], bench: Bench
) -> None:
    one, ada = page
    answer = await ada.post("/api/v1/pauses/ward-1/room-1", json={"minutes": 30, "reason": "washing"})
    assert [act["change"] for act in answer.json()["acts"]] == ["camera_paused"]
    one.ward_page.refresh()
    tile = one.ward_page.spoken("en").parts["room:room-1"].text
    assert "paused by <b>Ada</b>" in tile
    assert "washing" in tile
    answer = await ada.post("/api/v1/pauses/ward-1/room-1/end")
    assert [act["change"] for act in answer.json()["acts"]] == ["camera_resumed"]
    one.ward_page.refresh()
    assert "paused by" not in one.ward_page.spoken("en").parts["room:room-1"].text
    assert len(written(bench, "camera_paused")) == len(written(bench, "camera_resumed")) == 1


async def test_a_pause_begun_in_the_room_is_shown_and_ended_by_its_id(
    page: tuple[Page, httpx.AsyncClient], bench: Bench
) -> None:
    one, ada = page
    told = {"consent_by": "room", "consent_pause": "ab" * 16, "consent_until": "2026-03-01T09:00:00+00:00"}
    await bench.state(1, "ingest", "paused", **told)
    one.ward_page.refresh()
    assert "paused by somebody in the room" in one.ward_page.spoken("en").parts["room:room-1"].text
    (act,) = (await ada.post(f"/api/v1/pauses/{CAMERA}/end")).json()["acts"]
    assert act["lifted"][0]["pause"] == "ab" * 16


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"/api/v1/consents/{CAMERA}", {"basis": "given"}, 422),
        ("/api/v1/consents/ward-1/room-1/nothing", GIVEN, 404),
        (f"/api/v1/care-times/{CAMERA}", {"times": "mo 7-8"}, 422),
        (f"/api/v1/pauses/{CAMERA}", {"minutes": "soon"}, 422),
        (f"/api/v1/pauses/{CAMERA}", {"minutes": 15, "reason": "x" * 61}, 422),
        (f"/api/v1/consents/{CAMERA}", GIVEN | {"note": "x" * 201}, 422),
        (f"/api/v1/consents/{CAMERA}", GIVEN | {"note": "\0"}, 422),
        ("/api/v1/pauses/ward-1", {"minutes": 15}, 404),
    ],
)
async def test_what_cannot_be_set_changes_nothing(
    page: tuple[Page, httpx.AsyncClient], bench: Bench, path: str, body: dict[str, object], status: int
) -> None:
    _, ada = page
    assert (await ada.post(path, json=body)).status_code == status
    assert bench.ward_state.consents.of(CAMERA).consent is None


async def test_a_form_that_is_wrong_says_so_on_the_page(page: tuple[Page, httpx.AsyncClient]) -> None:
    _, ada = page
    form = {"form_token": ada.headers["X-Form-Token"], "to": "consents", "basis": "given", "decided_by": "x"}
    answer = await ada.post(f"/api/v1/consents/{CAMERA}", data=form)
    assert (answer.status_code, "the day until which it is good" in answer.text) == (422, True)
    answer = await ada.post(f"/api/v1/consents/{CAMERA}", data=form | {"review_on": "2026-06-01"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/ward/ward-1/consents")


async def test_a_nurse_records_a_decision_and_pauses_in_a_browser(
    page: tuple[Page, httpx.AsyncClient], tmp_path: Path, bench: Bench
) -> None:
    one, ada = page
    async with chromium(tmp_path) as browser, browser.tab() as tab:
        await tab.carry(one.url, {"Cookie": ada.headers["Cookie"]})
        await tab.open(f"{one.url}/ward/ward-1/consents")
        await tab.until("document.querySelectorAll('.standing').length > 0")
        assert await violations(tab) == []
        card = "document.querySelector('#room-room-1 .standing')"
        await tab.evaluate(f"{card}.querySelector('[name=decided_by]').value = 'Mr Novak'")
        await tab.evaluate(f"{card}.querySelector('[name=review_on]').value = '2026-06-01'")
        await tab.evaluate(f"{card}.querySelector('[name=decided_by]').form.requestSubmit()")
        await tab.until("document.querySelector('#room-room-1 .standing.allowed') !== null")
        await tab.evaluate(f"{card}.querySelector('[name=reason]').value = 'washing'")
        await tab.evaluate(f"{card}.querySelector('[name=minutes]').form.requestSubmit()")
        await tab.until("document.querySelector('#room-room-1 .held-note')?.textContent.includes('washing')")
        assert await violations(tab) == []
    standing = bench.ward_state.consents.of(CAMERA)
    assert standing.consent is not None
    assert standing.consent.decided_by == "Mr Novak"
    assert standing.pause is not None
