"""The page in a real Chromium: it renders, follows events, takes acknowledgements, and keeps its own policy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import cv2
import numpy as np
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from services.alerts.dashboard.http_server import HttpServer
from services.alerts.dashboard.request_guard import RequestGuard
from tests.services.alerts.bench import Bench
from tests.services.alerts.chromium import Tab, chromium
from tests.services.alerts.page import served

LIVE = "document.getElementById('link-text')?.textContent === 'Live'"
ORDER = "[...document.querySelectorAll('.tile')].map(tile => tile.dataset.room)"


@asynccontextmanager
async def careless_page() -> AsyncIterator[str]:
    """A page with an inline script and an inline style behind the same guard."""

    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse("<!doctype html><p style='color:red'>x</p><script>document.title = 'ran'</script>")

    app = RequestGuard(Starlette(routes=[Route("/", page)]), ("127.0.0.1",), False)
    server = HttpServer(app, "127.0.0.1", 0, None, 2.0)
    serving = asyncio.create_task(server.run())
    await server.started()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()
    await serving


async def ward(bench: Bench) -> str:
    """A ward with something of everything; the id of the open alert of Room 3."""
    await bench.pain(-100, 1, "room-6")
    await bench.state(-90, "ingest", "offline", "room-6")
    await bench.raised("room-7", 2, -30)
    await bench.accept(bench.ward_state.open_alerts()[0].id, "Grace")
    for seconds, level in ((-20, 0), (-10, 1), (0, 0)):
        await bench.pain(seconds, level, "room-1")
    return await bench.raised("room-3", 3, 1)


def share(picture: bytes, colour: int) -> float:
    """The share of pixels of a picture that have this colour (0xRRGGBB), and its mean brightness."""
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    wanted = np.array([colour & 255, colour >> 8 & 255, colour >> 16])
    return float(np.mean(np.all(np.abs(image.astype(int) - wanted) < 3, axis=2)))


async def click(tab: Tab, room: str) -> None:
    await tab.evaluate(f"document.querySelector('#room-{room} button').click()")


async def test_the_page_renders_in_both_schemes_and_breaks_no_policy(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await ward(bench)
    async with served(bench) as (page, _), chromium(tmp_path) as browser:
        for dark, red, ground in ((False, 0xC8102E, 0xEEF1F4), (True, 0xFF4D5E, 0x0B1115)):
            async with browser.tab() as tab:
                await tab.carry(page.url, await page.headers())
                await tab.open(page.url, dark)
                await tab.until(LIVE)
                assert (await tab.evaluate(ORDER))[:3] == ["room-3", "room-7", "room-6"]
                assert await tab.evaluate("document.title") == "(1) Garden ward · Veilward"
                assert await tab.evaluate("document.querySelector('#room-room-7 .taken b').textContent") == "Grace"
                assert await tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
                picture = await tab.picture()
                assert share(picture, red) > 0.003
                assert share(picture, ground) > 0.05
                assert tab.complaints == []


async def test_a_policy_violation_would_have_shown(tmp_path: Path) -> None:
    async with careless_page() as url, chromium(tmp_path) as browser, browser.tab() as tab:
        await tab.open(url)
        await tab.until("document.readyState === 'complete' && document.querySelector('p') !== null")
        assert await tab.evaluate("document.title") == ""
        assert len([text for text in tab.complaints if "Content Security Policy" in text]) == 2


async def test_two_screens_follow_an_alert_and_one_takes_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with served(bench) as (page, _), chromium(tmp_path) as browser, browser.tab() as left, browser.tab() as right:
        await left.carry(page.url, await page.headers())
        for tab in (left, right):
            await tab.open(page.url)
            await tab.until(LIVE)
        await bench.raised("room-9", 3)
        for tab in (left, right):
            await tab.until(f"{ORDER}[0] === 'room-9'")
            await tab.until("document.getElementById('say').textContent === 'Room 9: pain, Severe'")
        await click(left, "room-9")
        for tab in (left, right):
            await tab.until("document.querySelector('#room-room-9 .taken b')?.textContent === 'Ada'")
        assert left.complaints + right.complaints == []
    (alert,) = bench.ward_state.open_alerts()
    assert alert.ack is not None
    assert alert.ack.by.name == "Ada"


async def test_the_focus_stays_on_the_button_and_the_person_in_the_browser(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with served(bench) as (page, _), chromium(tmp_path) as browser, browser.tab() as tab:
        await tab.carry(page.url, await page.headers())
        await tab.open(page.url)
        await tab.until(LIVE)
        await bench.raised("room-3", 2)
        await tab.until(f"{ORDER}[0] === 'room-3'")
        await tab.evaluate("document.querySelector('#room-room-3 button').focus()")
        await bench.raised("room-4", 3, 10)
        await tab.until(f"{ORDER}[0] === 'room-4'")
        await bench.pain(20, 2, "room-3")
        await tab.until("document.querySelector('#room-room-3 .trend .dot').getAttribute('d').split('M').length === 4")
        assert await tab.evaluate("document.activeElement.getAttribute('aria-label')") == "Acknowledge, Room 3"
        await tab.call("Page.reload")
        await tab.until(f"document.readyState === 'complete' && {LIVE}")
        assert await tab.evaluate("document.querySelector('.chip b').textContent") == "Ada"


async def test_a_screen_that_lost_the_service_says_so(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with chromium(tmp_path) as browser, browser.tab() as tab:
        async with served(bench) as (page, _):
            await tab.carry(page.url, await page.headers())
            await tab.open(page.url)
            await tab.until(LIVE)
            assert await tab.evaluate("document.getElementById('lost').hidden")
        await tab.until("!document.getElementById('lost').hidden")


async def test_without_scripts_the_page_is_whole_and_takes_an_acknowledgement(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await ward(bench)
    async with served(bench) as (page, _), chromium(tmp_path) as browser, browser.tab() as tab:
        await tab.call("Emulation.setScriptExecutionDisabled", value=True)
        await tab.carry(page.url, await page.headers())
        await tab.open(page.url)
        await tab.until("document.querySelector('#room-room-3 button')?.checkVisibility() === true")
        await tab.until("document.getElementById('sound').checkVisibility() === false")
        await tab.evaluate("document.querySelector('#room-room-3 button').focus()")
        await tab.call("Input.dispatchKeyEvent", type="keyDown", key="Enter", text="\r", windowsVirtualKeyCode=13)
        await tab.until("document.querySelector('#room-room-3 .taken b')?.textContent === 'Ada'")
        assert await tab.evaluate("location.pathname") == "/ward/ward-1"
