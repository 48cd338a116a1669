"""The dashboard served over real HTTP from this process, and a reader of its events."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx

from services.alerts.dashboard.app import Dashboard, make_app
from services.alerts.dashboard.forwarded import networks
from services.alerts.dashboard.http_server import HttpServer
from services.alerts.dashboard.page_fragments import PageFragments
from services.alerts.dashboard.render import Renderer
from services.alerts.dashboard.request_guard import RequestGuard
from services.alerts.policy.technical import TechnicalCondition
from tests.services.alerts.bench import Bench
from tests.support.waiting import PATIENCE_S


class Page:
    """A served bench. problems: what the banner says."""

    def __init__(
        self, bench: Bench, max_viewers: int = 64, timezone: str | None = None, proxies: Sequence[str] = ()
    ) -> None:
        self.bench = bench
        self.stop = asyncio.Event()
        self.problems: tuple[str, ...] = ()
        self.faults: tuple[TechnicalCondition, ...] = ()
        renderer = Renderer(timezone)
        self.pages = {
            ward.id: PageFragments(
                bench.ward_state,
                ward,
                renderer,
                bench.clock,
                lambda: self.problems,
                bench.writer.desk,
                lambda: self.faults,
            )
            for ward in bench.site.wards
        }
        self.fragments = self.pages["ward-1"]
        bench.writer.listeners.append(self.fragments.mark_changed)
        dashboard = Dashboard(bench.writer, self.pages, renderer, lambda: self.problems, self.stop, max_viewers)
        guard = RequestGuard(make_app(dashboard), ("127.0.0.1", "localhost"), False, networks(proxies))
        self.server = HttpServer(guard, "127.0.0.1", 0, None, 5.0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"


@asynccontextmanager
async def served(
    bench: Bench, max_viewers: int = 64, timezone: str | None = None, proxies: Sequence[str] = ()
) -> AsyncIterator[tuple[Page, httpx.AsyncClient]]:
    """A running page and a client of it."""
    page = Page(bench, max_viewers, timezone, proxies)
    serving = asyncio.create_task(page.server.run())
    drawing = asyncio.create_task(page.fragments.run(0.1))
    await page.server.started()
    try:
        async with httpx.AsyncClient(base_url=page.url, timeout=PATIENCE_S) as client:
            yield page, client
    finally:
        page.stop.set()
        page.fragments.wake_all()
        page.server.stop()
        await asyncio.wait_for(serving, PATIENCE_S)
        drawing.cancel()
        with suppress(asyncio.CancelledError):
            await drawing


class Events:
    """A browser's event stream: its fragments as they stand, the last id, every event's name."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()
        self.fragments: dict[str, str] = {}
        self.id = ""
        self.names: list[str] = []

    async def next(self) -> dict[str, Any]:
        """Read one event."""
        fields: dict[str, str] = {}
        while True:
            line = await anext(self._lines)
            if not line and "data" in fields:
                break
            name, _, value = line.partition(": ")
            fields[name] = value
        self.id = fields.get("id", self.id)
        self.names.append(fields["event"])
        body: dict[str, Any] = json.loads(fields["data"])
        self.fragments |= body.get("fragments", {})
        return body

    async def until(self, pattern: str, fragment: str) -> None:
        """Read events until a fragment matches; fails after long."""
        async with asyncio.timeout(PATIENCE_S):
            while not re.search(pattern, self.fragments.get(fragment, "")):
                await self.next()


@asynccontextmanager
async def browser(page: Page, last: str | None = None, tab: str = "") -> AsyncIterator[Events]:
    """A connected event stream. last: the newest id that it has. tab: its name."""
    headers = {"Last-Event-ID": last} if last else {}
    async with (
        httpx.AsyncClient(base_url=page.url, timeout=PATIENCE_S) as client,
        client.stream("GET", f"/events?ward=ward-1&tab={tab}", headers=headers) as response,
    ):
        response.raise_for_status()
        yield Events(response)
