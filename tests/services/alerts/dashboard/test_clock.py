"""Clock times: one zone, stated; the day where it is not today; the offset where a clock shows a time twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.alerts.dashboard.languages.choice import COOKIE
from services.alerts.dashboard.languages.language import NAMES
from services.alerts.dashboard.render import Renderer
from tests.services.alerts.bench import START, Bench
from tests.services.alerts.chromium import Tab, chromium
from tests.services.alerts.page import Page, served

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
LIVE = "document.getElementById('link-text')?.textContent === 'Live'"
RECENT = "document.querySelector('.recent small').textContent.trim().split(' ·')[0]"
SINCE = "document.querySelector('#room-room-2 .chain small').textContent"
NOW = "document.getElementById('now').textContent"
ZONE = "document.getElementById('zone').textContent"


def moments() -> list[datetime]:
    """Every hour and a half of a year, and every ten minutes around the hours in which clocks are turned."""
    year = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=1.5 * n) for n in range(0, 5840, 7)]
    turned = [datetime(2026, *day, tzinfo=UTC) for day in ((3, 28), (10, 25), (3, 8), (11, 1), (4, 4), (10, 3))]
    return year + [day + timedelta(minutes=10 * n) for day in turned for n in range(0, 24 * 6)]


@pytest.mark.parametrize(
    ("zone", "at", "now", "text"),
    [
        ("Europe/Berlin", (2026, 7, 1, 12, 1), (2026, 7, 1, 13, 0), "14:01"),
        ("Europe/Berlin", (2026, 10, 25, 0, 55), (2026, 10, 25, 2, 0), "02:55 +02:00"),
        ("Europe/Berlin", (2026, 10, 25, 1, 5), (2026, 10, 25, 2, 0), "02:05 +01:00"),
        ("Europe/Berlin", (2026, 10, 25, 2, 0), (2026, 10, 25, 2, 0), "03:00"),
        ("Europe/Berlin", (2026, 3, 29, 1, 30), (2026, 3, 29, 2, 0), "03:30"),
        ("Europe/Berlin", (2026, 7, 1, 21, 59), (2026, 7, 1, 22, 0), "1 Jul 23:59"),
        ("Europe/Berlin", (2025, 12, 31, 22, 0), (2025, 12, 31, 23, 0), "31 Dec 2025 23:00"),
        ("UTC", (2026, 7, 1, 0, 5), (2026, 7, 1, 0, 6), "00:05"),
    ],
)
def test_known_times(zone: str, at: tuple[int, ...], now: tuple[int, ...], text: str) -> None:
    assert Renderer(zone).clock(datetime(*at, tzinfo=UTC), datetime(*now, tzinfo=UTC)) == text  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("code", "text"),
    [("en", "26 Oct 03:05"), ("de", "26. Okt. 03:05"), ("nl", "26 okt 03:05"), ("fr", "26 oct. 03:05")],
)
def test_dates_are_written_as_each_language_does(code: str, text: str) -> None:
    at, now = datetime(2026, 10, 26, 2, 5, tzinfo=UTC), datetime(2026, 10, 27, 2, 0, tzinfo=UTC)
    spoken = Renderer("Europe/Berlin").spoken(code)
    assert spoken.clock(at, now) == text
    assert spoken.clock(datetime(2026, 10, 25, 0, 55, tzinfo=UTC), datetime(2026, 10, 25, 2, 0, tzinfo=UTC)) == (
        "02:55 +02:00"
    )


async def in_browser(tab: Tab, zone: str, found: list[datetime], now: datetime) -> list[str]:
    ats = json.dumps([at.timestamp() * 1000 for at in found])
    shown = f"new m.WallClock('{zone}', JSON.parse(document.body.dataset.months)).text(at, {now.timestamp() * 1000})"
    script = f"import('/static/clock.js').then(m => {ats}.map(at => {shown}))"
    texts: list[str] = await tab.evaluate(script)
    return texts


@pytest.mark.parametrize("code", NAMES)
async def test_scripts_write_times_as_the_service_does(tmp_path: Path, code: str) -> None:
    async with served(Bench(tmp_path)) as (page, _), chromium(tmp_path) as browser, browser.tab() as tab:
        await tab.carry(page.url, await page.headers())
        await tab.carry(page.url, {"Cookie": f"{COOKIE}={code}"})
        await tab.open(page.url)
        await tab.until(
            f"document.documentElement?.lang === '{code}' && (document.getElementById('now')?.textContent ?? '') !== ''"
        )
        for zone in ZONES if code == "en" else ZONES[1:2]:
            now, found = datetime(2026, 10, 25, 1, 30, tzinfo=UTC), moments()
            written = [Renderer(zone, code).clock(at, now) for at in found]
            assert await in_browser(tab, zone, found, now) == written
            assert len(set(written)) == len({at for at in found if at.second == 0}), zone


async def scene(bench: Bench, seconds: float = 60) -> None:
    """An alert that is over, a camera that stalls."""
    await bench.raised("room-1", 2, seconds)
    for later in (600, 610, 620):
        await bench.pain(seconds + later, 0, "room-1")
    await bench.state(seconds + 640, "ingest", "stalled", "room-2")
    await bench.alive("room-2", ingest="stalled")


async def opened(tab: Tab, page: Page, zone: str) -> None:
    await tab.call("Emulation.setTimezoneOverride", timezoneId=zone)
    await tab.carry(page.url, await page.headers())
    await tab.open(page.url)
    await tab.until(LIVE)
    await tab.until(f"{ZONE} !== ''")


@pytest.mark.parametrize(
    ("ward", "screen", "shown"),
    [
        (None, "Europe/Berlin", "Europe/Berlin"),
        (None, "Asia/Tokyo", "Asia/Tokyo"),
        ("Europe/Berlin", "America/New_York", "Europe/Berlin"),
        ("UTC", "Europe/Berlin", "UTC"),
    ],
)
async def test_every_time_on_the_page_is_in_the_zone_that_it_states(
    tmp_path: Path, ward: str | None, screen: str, shown: str
) -> None:
    bench = Bench(tmp_path)
    await scene(bench)
    async with served(bench, timezone=ward) as (page, _), chromium(tmp_path) as browser, browser.tab() as tab:
        await opened(tab, page, screen)
        assert await tab.evaluate(ZONE) == shown
        clock = Renderer(shown).clock
        (alert,) = bench.ward_state.history
        assert alert.cleared_at is not None
        span = f"{clock(alert.raised_at, bench.now)}–{clock(alert.cleared_at, bench.now)}"
        assert await tab.evaluate(RECENT) == span
        assert await tab.evaluate(SINCE) == f"since {clock(START + timedelta(seconds=700), bench.now)}"
        assert await tab.evaluate(NOW) == clock(bench.now, bench.now)
        assert tab.complaints == []


async def test_the_hour_that_comes_twice_is_told_apart(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.now = datetime(2026, 10, 25, 0, 54, tzinfo=UTC)
    start = bench.hand.mono
    await scene(bench, start + 60)
    async with served(bench) as (page, _), chromium(tmp_path) as browser, browser.tab() as tab:
        await opened(tab, page, "Europe/Berlin")
        assert await tab.evaluate(RECENT) == "02:55 +02:00–02:05 +01:00"
        assert await tab.evaluate(NOW) == "02:05 +01:00"


async def test_without_scripts_the_service_writes_the_times_and_says_in_which_zone(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await scene(bench)
    for zone, told in ((None, "UTC"), ("Europe/Berlin", "Europe/Berlin")):
        profile = tmp_path / told.replace("/", "-")
        async with served(bench, timezone=zone) as (page, _), chromium(profile) as browser, browser.tab() as tab:
            await tab.call("Emulation.setScriptExecutionDisabled", value=True)
            await tab.carry(page.url, await page.headers())
            await tab.open(page.url)
            await tab.until("document.querySelector('.recent small') !== null")
            assert await tab.evaluate("document.querySelector('.clock small').innerText") == f"Times are in {told}"
            now = await tab.evaluate("document.querySelector('.clock').innerText.split('\\n')[0]")
            assert now == f"as of {Renderer(told).clock(bench.now, bench.now)}"
            assert not await tab.evaluate("document.getElementById('sound').checkVisibility()"), "it would do nothing"
            (alert,) = bench.ward_state.history
            assert (await tab.evaluate(RECENT)).startswith(Renderer(told).clock(alert.raised_at, bench.now))


async def test_a_new_day_is_told_of_times_drawn_before_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await scene(bench)
    async with served(bench) as (_, client):
        assert "1 Mar" not in (await client.get("/")).text
        bench.at(16 * 3600)
        await bench.alive("room-2", ingest="stalled")
        assert "1 Mar" in (await client.get("/")).text
