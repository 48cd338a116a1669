"""The page of settings: plans are set, changed and ended on it, and it tells what was set and what was before."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.alerts.actor import Role
from tests.services.alerts.bench import Bench
from tests.services.alerts.chromium import Tab, chromium
from tests.services.alerts.dashboard.axe import violations
from tests.services.alerts.page import Page, served

BED = "ward-1/room-3/cam-room-3"
CARD = f"document.getElementById('plan-{BED.replace('/', '-')}')"
PLAN = {"reason": "Her calm face reads 1", "review_on": "2026-06-01"}


@pytest.fixture
async def page(bench: Bench) -> AsyncIterator[tuple[Page, httpx.AsyncClient]]:
    async with served(bench, timezone="Europe/Berlin") as both:
        yield both


Both = tuple[Page, httpx.AsyncClient]


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


async def test_what_was_set_stands_there_with_what_was_before(page: Both) -> None:
    _, ada = page
    await ada.post(f"/api/v1/plans/{BED}", json=PLAN | {"baseline": 1})
    await ada.post(f"/api/v1/plans/{BED}", json=PLAN | {"baseline": 2, "quiet": "22:00-06:00", "reason": "It reads 2"})
    await ada.post(f"/api/v1/plans/{BED}/end")
    given = {"basis": "given", "decided_by": "Mr Novak", "review_on": "2026-06-01"}
    await ada.post(f"/api/v1/consents/{BED}", json=given)
    await ada.post(f"/api/v1/consents/{BED}", json=given | {"basis": "withdrawn"})
    await ada.post(f"/api/v1/care-times/{BED}", json={"times": "mo-fr 07:00-07:30 washing"})
    await ada.post("/api/v1/pauses/ward-1/room-3", json={"minutes": 30, "reason": "a visit"})
    await ada.post("/api/v1/pauses/ward-1/room-3/end")
    answer = await ada.get("/ward/ward-1/settings")
    rows = [words(one) for one in re.findall(r"<tr>.*?</tr>", answer.text, re.S)][1:]
    assert [[word for word in SAID if word in row] for row in rows] == [
        ["Pause ended"],
        ["Camera paused", "a visit"],
        ["Times of care set", "mo,tu,we,th,fr 07:00-07:30 washing"],
        ["Consent recorded", "Allowed by the resident", "Withdrawn"],
        ["Consent recorded", "Allowed by the resident"],
        ["Plan ended", "reads 2", "Quiet from 22:00 to 06:00"],
        ["Plan set", "reads 1", "reads 2", "Quiet from 22:00 to 06:00"],
        ["Plan set", "reads 1"],
    ]
    assert all("Ada" in row and "Room 3, Bed" in row for row in rows)
    assert "no plan of its own" in answer.text
    assert (await ada.get("/ward/nowhere/settings")).status_code == 404


SAID = (
    *("Pause ended", "Camera paused", "a visit", "Times of care set", "mo,tu,we,th,fr 07:00-07:30 washing"),
    *("Consent recorded", "Allowed by the resident", "Withdrawn", "Plan ended", "Plan set", "reads 1", "reads 2"),
    "Quiet from 22:00 to 06:00",
)


async def test_who_may_not_set_plans_reads_them(page: Both) -> None:
    one, ada = page
    await ada.post(f"/api/v1/plans/{BED}", json=PLAN | {"baseline": 1})
    carer = await one.client("Cleo", Role.CARER)
    text = (await carer.get("/ward/ward-1/settings")).text
    assert "This calm face reads 1: calls above it only" in text
    assert "Her calm face reads 1" in text
    assert "/api/v1/plans/" not in text
    assert (await carer.post(f"/api/v1/plans/{BED}/end")).status_code == 403


async def test_a_form_that_is_wrong_says_why_on_the_page(page: Both, bench: Bench) -> None:
    _, ada = page
    form = PLAN | {"form_token": ada.headers["X-Form-Token"]}
    for wrong, said in [
        ({"reason": ""}, "A plan needs a reason"),
        ({"quiet": "22:00"}, "A quiet time is written as: 22:00-06:00"),
        ({"quiet": "08:00-21:00"}, "A day has at most 12 quiet hours"),
        ({"review_on": "2028-01-01"}, "A plan is looked at again within a year"),
        ({"raise_pieces": "5", "raise_among": "3"}, "These numbers contradict each other"),
        ({"repeat_s": "nan"}, "These numbers contradict each other"),
    ]:
        answer = await ada.post(f"/api/v1/plans/{BED}", data=form | wrong)
        assert (answer.status_code, said in answer.text) == (422, True), said
    assert bench.ward_state.plans.all() == {}
    answer = await ada.post(f"/api/v1/plans/{BED}", data=form | {"baseline": "1", "raise_level": ""})
    assert (answer.status_code, answer.headers["location"]) == (303, "/ward/ward-1/settings")


async def filled(tab: Tab, **fields: str) -> None:
    """Open the form of the bed's plan, fill it in and send it."""
    await tab.until(f"{CARD} !== null && document.readyState === 'complete'")
    script = f"""(() => {{
        const form = {CARD}.querySelector('details form');
        form.closest('details').open = true;
        for (const [name, value] of Object.entries({json.dumps(fields)})) form.elements[name].value = value;
        form.requestSubmit();
    }})()"""
    await tab.evaluate(script)


async def test_a_nurse_gives_a_resident_a_threshold_in_a_browser(page: Both, bench: Bench, tmp_path: Path) -> None:
    one, ada = page
    async with chromium(tmp_path) as browser, browser.tab() as tab:
        await tab.carry(one.url, {"Cookie": ada.headers["Cookie"]})
        await tab.open(f"{one.url}/ward/ward-1")
        await tab.until("document.querySelector('nav a[href$=\"/settings\"]') !== null")
        await tab.evaluate("document.querySelector('nav a[href$=\"/settings\"]').click()")
        later = bench.now.date().replace(year=bench.now.year + 1).isoformat()
        await filled(tab, baseline="2", quiet="22:00-06:00", reason="Her calm face reads 2", review_on=later)
        await tab.until(f"{CARD}?.textContent.includes('Her calm face reads 2')")
        await tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true), true")
        assert await violations(tab) == []
        assert tab.complaints == []
        for seconds in range(10, 60, 5):
            await bench.pain(seconds, 2, "room-3")
        assert bench.ward_state.open_alerts() == []
        await tab.evaluate(f"{CARD}.querySelector('form[action$=\"/end\"]').requestSubmit()")
        await tab.until(f"{CARD}?.textContent.includes('no plan of its own')")
    await bench.pain(70, 2, "room-3")
    await bench.pain(75, 2, "room-3")
    assert [one.level for one in bench.ward_state.open_alerts()] == [2]
