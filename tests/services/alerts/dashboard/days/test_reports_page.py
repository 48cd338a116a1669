"""Reports: what they count is what happened, by shift, day and week; to read, to print, and as tables for programs."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.alerts.actor import Role
from services.alerts.dashboard.days.ward_report import FORMULA
from services.alerts.policy.alert import Acknowledgement, Alert, Arrival, Outcome, Resolution
from services.alerts.policy.coverage import Coverage
from services.site.file import load_site
from tests.services.alerts.bench import Bench
from tests.services.alerts.chromium import chromium
from tests.services.alerts.dashboard.days.canvas import COLOURED, READBACK
from tests.services.alerts.nurses import ADA
from tests.services.alerts.page import Page, served
from tests.services.alerts.site import site_file

REPORTS = "/ward/ward-1/reports"
NIGHT = "?length=shift&day=2026-10-24&number=2"
"""Of nine hours: Berlin's clock is turned back in it."""
CAMERA = "ward-1/room-1/cam-room-1"
START = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
NOW = datetime(2026, 10, 25, 9, 0, tzinfo=UTC)
LIGHT, DARK = "242,169,0,255", "255,192,46,255"  # --l2
NAMES = {"room-1": "=Room 1", "room-2": "Room 2"}
Read = tuple[Page, httpx.AsyncClient]


def answered(first: Alert, number: int, seconds: float | None, outcome: Outcome | None) -> Alert:
    """The number-th alert of the night, 20 minutes after the one before; somebody there so many seconds later."""
    at = START + timedelta(minutes=20 * number)
    if seconds is None:
        return replace(first, id=f"{number:05}", camera=CAMERA, raised_at=at)
    ack, there = at + timedelta(seconds=seconds / 2), at + timedelta(seconds=seconds)
    return replace(
        first,
        id=f"{number:05}",
        camera=CAMERA,
        raised_at=at,
        ack=Acknowledgement(ADA, ack, ack),
        arrival=Arrival(ADA, there, there),
        resolution=None if outcome is None else Resolution(ADA, there, outcome),
    )


OUTCOMES = [Outcome.NO_PAIN, Outcome.PAIN_TREATED, Outcome.PAIN, Outcome.PAIN_TREATED, Outcome.NOT_ASSESSED]


@pytest.fixture
async def read(tmp_path: Path) -> AsyncIterator[Read]:
    """A night with ten alerts answered after 60, 120, ... 600 s, one unanswered; and one before it."""
    bench = Bench(tmp_path, site=load_site(site_file(tmp_path, NAMES)))
    bench.hand.wall = NOW
    bench.clock.take_step()
    await bench.raised("room-2", 2)
    first = bench.ward_state.open_alerts()[0]
    async with served(bench, timezone="Europe/Berlin") as (page, client):
        alerts = [answered(first, n, 60.0 * (n + 1), OUTCOMES[n % 5]) for n in range(10)]
        page.memory.history.note([*alerts, answered(first, 10, None, None), answered(first, -1, 5.0, Outcome.NO_PAIN)])
        for hours, coverage, level in ((0, Coverage.SEEN, 0), (4, Coverage.PAUSED, None), (5, Coverage.BLIND, None)):
            at, end = START + timedelta(hours=hours), START + timedelta(hours={0: 4, 4: 5, 5: 7}[hours])
            while at <= end:
                page.memory.levels.note(CAMERA, coverage, level, at)
                at += timedelta(seconds=20)
        page.memory.levels.forget_open()
        yield page, client


async def table(client: httpx.AsyncClient, name: str, query: str = NIGHT) -> list[dict[str, str]]:
    answer = (await client.get(f"{REPORTS}/{name}.csv{query}")).raise_for_status()
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="ward-1-')
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def figures(html: str) -> dict[str, str]:
    """Every figure of a report by its name, without blanks."""
    found = re.findall(r"<div><dt>(.*?)</dt>(.*?)</div>", html, re.S)
    return {name: " ".join(re.sub(r"<[^>]+>", " ", text).split()) for name, text in found}


def plots(html: str) -> list[dict[str, Any]]:
    return [json.loads(one) for one in re.findall(r'class="plot-data">(.*?)</script>', html, re.S)]


async def test_a_night_is_told_in_figures(read: Read) -> None:
    _, client = read
    html = (await client.get(REPORTS + NIGHT)).raise_for_status().text
    assert figures(html) == {
        "Alerts": "11",
        "Until somebody answered": "2 min 45 s median 4 min 30 s nine of ten",
        "Until somebody was there": "5 min 30 s median 9 min 00 s nine of ten",
        "Nobody answered": "1",
        "False alarms": "25 % 2 of 8 that were assessed",
        "Pain, treated": "4",
        "Pain": "2",
        "No pain": "2",
        "Could not assess": "2",
        "no outcome": "1",
    }
    assert "Night shift, 24 Oct 2026" in html
    waits, counts = plots(html)
    assert (waits["end"] - waits["start"]) / 3600 == 9
    assert [label for _, label in waits["marks"]][4:7] == ["02:00 +02:00", "02:00 +01:00", "03:00"]
    assert [point[1] for point in waits["points"]] == [*range(1, 11), None]
    assert len(counts["edges"]) == 10
    assert [sum(kind) for kind in counts["counts"]] == [4, 2, 2, 2, 1]
    assert [sum(hour) for hour in zip(*counts["counts"], strict=True)] == [3, 3, 3, 2, 0, 0, 0, 0, 0]


async def test_rooms_are_told_apart_with_what_was_seen_of_them(read: Read) -> None:
    _, client = read
    ward, one, two = await table(client, "rooms")
    assert (ward["room"], one["room"], two["room"]) == ("", "'=Room 1", "Room 2")
    assert (one["alerts"], one["there_p90_s"], one["false_alarm_rate"]) == ("11", "540", "0.2500")
    assert (two["alerts"], two["there_p90_s"], two["false_alarm_rate"]) == ("0", "", "")
    names = ("seen_h", "paused_h", "blind_h", "nobody_h", "unrecorded_h")
    assert [one[name] for name in names] == ["4.000", "1.000", "2.000", "0.000", "2.000"]
    assert [two[name] for name in names] == ["0.000"] * 4 + ["18.000"]
    assert ward["unrecorded_h"] == "20.000"


async def test_alerts_are_told_without_names_of_persons(read: Read) -> None:
    _, client = read
    lines = await table(client, "alerts")
    assert [line["there_after_s"] for line in lines] == [*(str(60 * n) for n in range(1, 11)), ""]
    assert lines[0]["called_at"] == "2026-10-24T22:00:00+02:00"
    assert not any("Ada" in value for line in lines for value in line.values())
    assert all(not value.startswith(FORMULA) for line in lines for value in line.values())


async def test_shifts_days_and_weeks_lead_to_each_other(read: Read) -> None:
    """The night's alerts are of two days and of one week, which has an hour more."""
    _, client = read
    counted = {}
    for query in ("length=day&day=2026-10-24", "length=day&day=2026-10-25", "length=week&day=2026-10-22"):
        html = (await client.get(f"{REPORTS}?{query}")).text
        counted[query] = figures(html)["Alerts"]
        assert ("so far" in html) == (query != "length=day&day=2026-10-24")
    assert list(counted.values()) == ["7", "5", "12"]
    week = plots((await client.get(f"{REPORTS}?length=week&day=2026-10-22")).text)[0]
    assert week["end"] - week["start"] == (7 * 24 + 1) * 3600
    night = (await client.get(REPORTS + NIGHT)).text
    before = re.search(r'href="\?([^"]+)" rel="prev"', night)
    assert before is not None
    assert "number=1" in before[1]
    assert 'rel="next"' not in (await client.get(f"{REPORTS}?length=day&day=2026-10-25")).text


@pytest.mark.parametrize(
    "query", ["", "?length=shift&day=2026-10-26", "?day=x&number=y", "?day=2026-10-24&number=7", "?day=9999-12-31"]
)
async def test_without_a_period_that_has_begun_the_last_shift_is_told(read: Read, query: str) -> None:
    _, client = read
    assert "Night shift, 24 Oct 2026" in (await client.get(REPORTS + query)).raise_for_status().text


async def test_reports_are_of_the_own_wards_and_for_people(read: Read) -> None:
    page, client = read
    elsewhere = await page.client("Eve", wards=("ward-2",))
    for path in (REPORTS, f"{REPORTS}/rooms.csv"):
        assert (await elsewhere.get(path)).status_code == 404
        assert (await (await page.client("Tom", Role.TECHNICIAN)).get(path)).status_code == 403
    assert (await client.get(f"{REPORTS}/people.csv")).status_code == 404


async def test_without_a_database_no_figures_are_made_up(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    page, client = read
    monkeypatch.setattr(page.memory.history, "_database", type(page.database)("sqlite:////nowhere/records.db"))
    answer = await client.get(REPORTS)
    assert (answer.status_code, figures(answer.text)) == (503, {})
    assert "The database is away." in answer.text
    assert (await client.get(f"{REPORTS}/rooms.csv")).status_code == 503


async def test_a_report_is_drawn_and_printed_on_white(read: Read, tmp_path: Path) -> None:
    page, _ = read
    async with chromium(tmp_path / "chromium") as browser, browser.tab() as tab:
        await tab.carry(page.url, await page.headers())
        await tab.open(page.url + REPORTS + NIGHT, dark=True)
        await tab.until("document.querySelectorAll('.plot canvas').length === 2")
        await tab.until("!document.getElementById('print').hidden")
        await tab.until(f"{COLOURED}['{DARK}'] > 20")
        await tab.evaluate("dispatchEvent(new Event('beforeprint')), true")
        await tab.until(f"{COLOURED}['{LIGHT}'] > 20")
        dark = {"name": "prefers-color-scheme", "value": "dark"}
        await tab.call("Emulation.setEmulatedMedia", media="print", features=[dark])
        paper = "getComputedStyle(document.querySelector('.card')).backgroundColor"
        assert await tab.evaluate(paper) == "rgb(255, 255, 255)"
        assert await tab.evaluate("getComputedStyle(document.querySelector('.looks')).display") == "none"
        await tab.call("Emulation.setEmulatedMedia", media="screen", features=[dark])
        await tab.evaluate("dispatchEvent(new Event('afterprint')), true")
        await tab.until(f"{COLOURED}['{DARK}'] > 20")
        assert [one for one in tab.complaints if not one.startswith(READBACK)] == []
