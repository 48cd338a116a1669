"""The browser that tests look with."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.services.alerts.chromium import chromium
from tests.support.waiting import eventually


async def test_a_page_that_goes_away_while_it_is_asked_is_asked_again(tmp_path: Path) -> None:
    async with chromium(tmp_path) as browser, browser.tab() as tab:
        await tab.open("data:text/html,first")
        await tab.until("location.protocol === 'data:'")
        await tab.until("location.href === 'about:blank' || (location.href = 'about:blank', new Promise(() => {}))")


async def test_nothing_is_read_off_a_page_before_its_styles_are_there(tmp_path: Path) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<link rel=stylesheet href=slow.css><p>two <b>lines</b>", content_type="text/html")

    async def styles(_: web.Request) -> web.Response:
        await eventually(parsed)
        return web.Response(text="b { display: block }", content_type="text/css")

    async def parsed() -> bool:
        return bool(await tab.evaluate("document.querySelector('b') !== null"))

    app = web.Application()
    app.router.add_get("/", page)
    app.router.add_get("/slow.css", styles)
    async with TestServer(app) as server, chromium(tmp_path) as browser, browser.tab() as tab:
        await tab.open(str(server.make_url("/")))
        await tab.until("document.querySelector('b') !== null")
        assert await tab.evaluate("document.querySelector('p').innerText") == "two\nlines"
