"""A room over days: levels with their gaps, who came, what is due, the plan; read by persons who may, and noted."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.alerts.actor import Role
from services.alerts.policy.alert import Outcome
from services.alerts.policy.care_plan import CarePlan
from services.alerts.policy.coverage import Coverage
from services.alerts.records.access_log import EntryFilter
from tests.services.alerts.bench import Bench
from tests.services.alerts.chromium import chromium
from tests.services.alerts.dashboard.days.canvas import COLOURED, READBACK
from tests.services.alerts.nurses import ADA
from tests.services.alerts.page import Page, served

CAMERA = "ward-1/room-1/cam-room-1"
ROOM = "/ward/ward-1/room/room-1"
DAY = timedelta(days=1)
RED = "200,16,46,255"  # --l3 by day
AMBER = "242,169,0,255"  # --l2 by day


def see(page: Page, looks: list[tuple[float, Coverage, int | None]], until: datetime) -> None:
    """Looks every 20 seconds. looks: from so many hours before until on, what was seen."""
    for (hours, coverage, level), following in zip(looks, [*looks[1:], (0.0, looks[-1][1], None)], strict=True):
        at, end = until - timedelta(hours=hours), until - timedelta(hours=following[0])
        while at <= end:
            page.memory.levels.note(CAMERA, coverage, level, at)
            at += timedelta(seconds=20)


async def lived(page: Page, bench: Bench) -> None:
    """A night in room 1: calm, two minutes of severe pain, treated; a pause, an offline camera, a service that slept.

    Berlin's clock was set forward in it, at 1:00 UTC.
    """
    alert = await bench.raised("room-1", 3)
    await bench.accept(alert, "Ada")
    bench.at(70)
    await bench.arrive(alert, "Bo")
    await bench.resolve(alert, Outcome.PAIN_TREATED, "Bo", "turned her <b>left</b>")
    now = bench.now
    seen = [(20.0, Coverage.SEEN, 0), (15.0, Coverage.SEEN, 3), (14.96, Coverage.SEEN, 1), (9.0, Coverage.PAUSED, None)]
    see(page, [*seen, (8.0, Coverage.BLIND, None), (7.0, Coverage.NOBODY, None)], now)
    page.memory.levels.forget_open()
    plan = CarePlan(ADA, now, "her calm face reads 1", date(2026, 3, 20), baseline=1)
    await bench.writer.note(bench.writer.desk.plan(CAMERA, plan, ADA, now))


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[tuple[Bench, Page, httpx.AsyncClient]]:
    bench = Bench(tmp_path)
    bench.hand.wall = datetime(2026, 3, 29, 9, 30, tzinfo=UTC)
    bench.clock.take_step()
    async with served(bench, timezone="Europe/Berlin") as (page, client):
        await lived(page, bench)
        yield bench, page, client


def drawn_from(html: str) -> dict[str, Any]:
    found = re.search(r'class="plot-data">(.*?)</script>', html, re.S)
    assert found is not None
    value: dict[str, Any] = json.loads(found[1])
    return value


async def test_the_page_tells_levels_gaps_people_and_the_plan(room: tuple[Bench, Page, httpx.AsyncClient]) -> None:
    bench, _, client = room
    html = (await client.get(ROOM)).raise_for_status().text
    for told in ("Severe (3)", "Ada", "Bo", "Pain, treated", "turned her &lt;b&gt;left&lt;/b&gt;", "Look again"):
        assert told in html, told
    assert "This calm face reads 1: calls above it only" in html
    assert "her calm face reads 1" in html
    assert "To be looked at again since 20 Mar 2026" in html
    data = drawn_from(html)
    assert data["end"] - data["start"] == DAY.total_seconds()
    told = [one[2] for one in data["runs"]]
    assert told[0] == "unrecorded"
    assert [one for one in told if one != "unrecorded"] == [0, 3, 1, "paused", "blind", "nobody"]
    level3 = next(one for one in data["runs"] if one[2] == 3)
    assert level3[1] - level3[0] <= 240
    (alert,) = data["alerts"]
    assert alert[2] == 3
    assert 60 < alert[3] - alert[0] < 70
    assert alert[1] is not None
    assert bench.now.timestamp() == data["end"]


async def test_the_axis_and_the_table_have_the_hours_that_the_ward_has(
    room: tuple[Bench, Page, httpx.AsyncClient],
) -> None:
    """The clock leapt over 2:00 that night: no mark, no row. 25 rows are hours or their ends, one an alert's."""
    _, _, client = room
    html = (await client.get(ROOM)).text
    labels = [label for _, label in drawn_from(html)["marks"]]
    assert labels[:6] == ["11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]
    assert labels[12:18] == ["23:00", "29 Mar", "01:00", "03:00", "04:00", "05:00"]
    assert len(labels) == 24
    assert html.count("<tr><td><time") == 25 + 1
    week = drawn_from((await client.get(f"{ROOM}?days=7")).text)
    assert week["end"] - week["start"] == 7 * DAY.total_seconds()
    assert [label for _, label in week["marks"]] == [f"{day} Mar" for day in range(23, 30)]


async def test_rooms_and_wards_that_are_not_theirs_are_not_there(room: tuple[Bench, Page, httpx.AsyncClient]) -> None:
    _, page, client = room
    assert (await client.get("/ward/ward-1/room/room-99")).status_code == 404
    elsewhere = await page.client("Eve", wards=("ward-2",))
    assert (await elsewhere.get(ROOM)).status_code == 404
    await page.people.log.write()
    lines = [one for _, one in await page.people.log.read(EntryFilter(actor="id-of-Eve"))]
    assert [(one.action, one.object, one.outcome) for one in lines] == [("room's days", "ward-1/room-1", "refused")]
    for role in (Role.TECHNICIAN, Role.AUDITOR):
        assert (await (await page.client(role.value, role)).get(ROOM)).status_code == 403


async def test_without_a_database_the_page_says_so(
    room: tuple[Bench, Page, httpx.AsyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, page, client = room
    for part in (page.memory.history, page.memory.levels):
        monkeypatch.setattr(part, "_database", type(page.database)("sqlite:////nowhere/records.db"))
    answer = await client.get(ROOM)
    assert answer.status_code == 503
    assert "The database is away." in answer.text


async def test_a_browser_draws_the_levels_where_they_were(
    room: tuple[Bench, Page, httpx.AsyncClient], tmp_path: Path
) -> None:
    _, page, _ = room
    async with chromium(tmp_path / "chromium") as browser, browser.tab() as tab:
        await tab.carry(page.url, await page.headers())
        await tab.open(page.url + ROOM)
        await tab.until("document.querySelector('.plot canvas')?.width > 300")
        await tab.until(f"{COLOURED}['{RED}'] > 20")
        found = await tab.evaluate(COLOURED)
        assert AMBER not in found, "a level that never was"
        await tab.evaluate(
            """document.querySelector('.u-over').dispatchEvent(new MouseEvent('mousemove', {bubbles: true,
            clientX: document.querySelector('.u-over').getBoundingClientRect().left + 3,
            clientY: document.querySelector('.u-over').getBoundingClientRect().top + 20})), true"""
        )
        await tab.until("document.querySelector('.readout').textContent.includes('Not recorded')")
        assert [one for one in tab.complaints if not one.startswith(READBACK)] == []
