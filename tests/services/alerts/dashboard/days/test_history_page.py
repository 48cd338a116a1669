"""The history: searched by what nurses remember, beyond what memory holds, a page at a time, of the own wards alone."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from services.alerts.actor import Role
from services.alerts.dashboard.days import history_page
from services.alerts.people.tokens import TokenScope
from services.alerts.policy.alert import Alert, Outcome, Resolution
from services.alerts.records.history import PAGE
from tests.services.alerts.bench import Bench
from tests.services.alerts.nurses import ADA, BO
from tests.services.alerts.page import Page, served

HISTORY = "/ward/ward-1/history"
COUNT = 260
"""More than an alerts process holds in memory."""
ROW = re.compile(r'<tr><td><time datetime="([^"]+)')
Searched = tuple[Page, httpx.AsyncClient, list[Alert]]


def lived(first: Alert) -> list[Alert]:
    """One alert an hour, the first at 23:30 UTC of 27 March; every fifth without pain, every tenth of room 2."""
    found = []
    for number in range(COUNT):
        at = datetime(2026, 3, 27, 23, 30, tzinfo=UTC) + number * timedelta(hours=1)
        by, outcome = (ADA, Outcome.NO_PAIN) if number % 5 == 0 else (BO, Outcome.PAIN_TREATED)
        said = None if number % 7 == 0 else Resolution(by, at + timedelta(minutes=4), outcome, f"look {number}")
        camera = "ward-1/room-2/cam-chair" if number % 10 == 0 else first.camera
        one = replace(first, id=f"{number:05}", camera=camera, raised_at=at, level=2 + number % 2, resolution=said)
        found.append(one)
    return found


@pytest.fixture
async def searched(tmp_path: Path) -> AsyncIterator[Searched]:
    bench = Bench(tmp_path)
    await bench.raised("room-1", 2)
    first = bench.ward_state.open_alerts()[0]
    async with served(bench, timezone="Europe/Berlin") as (page, client):
        alerts = lived(first)
        page.memory.history.note(alerts)
        yield page, client, alerts


async def moments(client: httpx.AsyncClient, query: str = "") -> list[datetime]:
    """When the alerts of all pages were raised, page by page."""
    found: list[datetime] = []
    address = f"{HISTORY}?{query}"
    while True:
        html = (await client.get(address)).raise_for_status().text
        shown = [datetime.fromisoformat(one) for one in ROW.findall(html)]
        assert len(shown) <= PAGE
        found += shown
        older = re.search(r'<a href="\?([^"]+)">Older', html)
        if older is None:
            return found
        address = f"{HISTORY}?{older[1].replace('&amp;', '&')}"


async def test_every_alert_is_found_once(searched: Searched) -> None:
    _, client, alerts = searched
    assert await moments(client) == [one.raised_at for one in reversed(alerts)]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("room=room-2", lambda one: one.camera.startswith("ward-1/room-2/")),
        ("level=3", lambda one: one.level == 3),
        ("outcome=no_pain", lambda one: one.resolution is not None and one.resolution.outcome is Outcome.NO_PAIN),
        ("outcome=none", lambda one: one.resolution is None),
        ("words=bo", lambda one: one.resolution is not None and one.resolution.by == BO),
        ("words=look+17", lambda one: one.resolution is not None and "17" in one.resolution.reason),
        ("outcome=no_pain&words=ADA&level=2", lambda one: one.resolution is not None and int(one.id) % 10 == 0),
        ("level=9&since=yesterday&outcome=x", lambda one: True),
        ("room=%27%20OR%201%3D1&words=%25", lambda one: False),
    ],
)
async def test_alerts_are_found_by_what_is_asked_for(searched: Searched, query: str, wanted) -> None:
    _, client, alerts = searched
    found = await moments(client, query)
    assert found == [one.raised_at for one in reversed(alerts) if wanted(one)]


async def test_days_are_the_wards_also_where_its_clock_is_turned(searched: Searched) -> None:
    """29 March has 23 hours there, from 23:00 to 22:00 UTC; the first alert is of the 28th, though not by UTC."""
    _, client, alerts = searched
    found = await moments(client, "since=2026-03-29&until=2026-03-29")
    start, end = datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert len(found) == 23
    assert found == [one.raised_at for one in reversed(alerts) if start <= one.raised_at < end]
    assert len(await moments(client, "until=2026-03-28")) == 24


async def test_what_is_searched_stays_in_the_form_and_is_text(searched: Searched) -> None:
    _, client, _ = searched
    html = (await client.get(HISTORY, params={"words": '"><b>x', "room": "room-2"})).text
    assert 'value="&#34;&gt;&lt;b&gt;x"' in html
    assert '<option value="room-2" selected>' in html


async def test_another_wards_history_is_not_there(searched: Searched) -> None:
    page, client, _ = searched
    elsewhere = await page.client("Eve", wards=("ward-2",))
    assert (await elsewhere.get(HISTORY)).status_code == 404
    assert (await client.get("/ward/ward-9/history")).status_code == 404
    assert (await (await page.client("Tom", Role.TECHNICIAN)).get(HISTORY)).status_code == 403


async def table(client: httpx.AsyncClient, query: str = "") -> list[dict[str, str]]:
    """What a program reads."""
    answer = (await client.get(f"{HISTORY}.csv?{query}")).raise_for_status()
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_a_program_reads_the_same_as_a_table_without_names_of_persons(
    searched: Searched, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, client, alerts = searched
    html = (await client.get(f"{HISTORY}?room=room-2")).text
    assert f'href="{HISTORY}.csv?room=room-2"' in html
    make, day = page.people.tokens.make, timedelta(days=1)
    token, _ = await make("Warehouse", [TokenScope.LOOK_BACK], ("ward-1",), "olga", day)
    far, _ = await make("Wall", [TokenScope.SEE], None, "olga", day)
    program = page.stranger()
    program.headers["Authorization"] = f"Bearer {token}"
    found = await table(program, "room=room-2&outcome=no_pain")
    wanted = [one for one in reversed(alerts) if int(one.id) % 10 == 0 and one.resolution is not None]
    assert [one["alert"] for one in found] == [one.id for one in wanted]
    assert {one["room"] for one in found} == {"Room 2"}
    assert "Ada" not in str(found)
    monkeypatch.setattr(history_page, "TABLE", 100)
    first = await table(program)
    rest = await table(program, f"after={first[-1]['alert']}")
    assert [one["alert"] for one in first + rest] == [one.id for one in reversed(alerts)][:200]
    assert (await program.get("/ward/ward-2/history.csv")).status_code == 404
    program.headers["Authorization"] = f"Bearer {far}"
    assert (await program.get(f"{HISTORY}.csv")).status_code == 403
    assert (await program.get("/ward/ward-1/reports/rooms.csv")).status_code == 403
    program.headers["Authorization"] = f"Bearer {token}"
    assert (await program.get("/ward/ward-1/reports/rooms.csv")).status_code == 200
