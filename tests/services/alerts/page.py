"""The dashboard served over real HTTP from this process, people who are signed in to it, and a reader of its events."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import cached_property
from typing import Any

import httpx

from services.alerts.actor import Actor, Role, Way
from services.alerts.dashboard.access.cookies import SESSION
from services.alerts.dashboard.app import Dashboard, make_app
from services.alerts.dashboard.forwarded import networks
from services.alerts.dashboard.http_server import HttpServer
from services.alerts.dashboard.render import Renderer
from services.alerts.dashboard.request_guard import RequestGuard
from services.alerts.dashboard.ward_page import WardPage
from services.alerts.notify.trial import Receivers
from services.alerts.people.accounts import Accounts
from services.alerts.people.on_duty import OnDuty
from services.alerts.people.people import People
from services.alerts.people.provider import Provider
from services.alerts.people.secrets import form_token
from services.alerts.people.session_times import SessionTimes
from services.alerts.policy.technical import TechnicalCondition
from services.alerts.records.database import Database
from services.alerts.records.memory import Memory
from services.alerts.redis_client import redis_client
from tests.services.alerts.bench import NOWHERE, Bench
from tests.services.alerts.people.crowd import CHEAP
from tests.support.waiting import PATIENCE_S

Headers = dict[str, str]


class Page:
    """A served bench. problems: what the banner says. people: who may sign in; sessions are in memory alone.

    memory: what the database has of alerts and levels; a test says itself what was seen.
    """

    def __init__(
        self,
        bench: Bench,
        max_viewers: int = 64,
        timezone: str | None = None,
        proxies: Sequence[str] = (),
        provider: Callable[[Accounts], Provider] | None = None,
        receivers: Receivers | None = None,
    ) -> None:
        self.bench = bench
        self.stop = asyncio.Event()
        self._clients: list[httpx.AsyncClient] = []
        self.problems: tuple[str, ...] = ()
        self.faults: tuple[TechnicalCondition, ...] = ()
        self.database = Database(f"sqlite:///{bench.audit.copy.path.with_name('records.db')}")
        self.people = People(
            self.database,
            redis_client(NOWHERE),
            bench.site.site,
            bench.clock,
            lambda: bench.hand.mono,
            SessionTimes(idle=timedelta(days=1), longest=timedelta(days=30)),  # tests turn the clock by hours at once
            cost=CHEAP,
        )
        self.on_duty = OnDuty(self.people.sessions)
        renderer = Renderer(timezone)
        self.pages = {
            ward.id: WardPage(
                bench.ward_state,
                ward,
                renderer,
                bench.clock,
                lambda: self.problems,
                bench.writer.desk,
                lambda: self.faults,
                self.on_duty.names,
            )
            for ward in bench.site.wards
        }
        self.ward_page = self.pages["ward-1"]
        bench.writer.listeners.append(self.ward_page.mark_changed)
        self.memory = Memory(self.database, bench.clock, timedelta(days=365), timedelta(days=31))
        bench.writer.listeners.append(self.memory.hear)
        bench.writer.act_listeners.append(self.memory.settings.note)
        self.dashboard = Dashboard(
            bench.writer,
            self.people,
            self.memory,
            self.pages,
            renderer,
            lambda: self.problems,
            self.stop,
            max_viewers,
            provider(self.people.accounts) if provider else None,
            receivers=bench.notifier.receivers if receivers is None else receivers,
        )
        self.guard = RequestGuard(make_app(self.dashboard), ("127.0.0.1", "localhost"), False, networks(proxies))

    @cached_property
    def server(self) -> HttpServer:
        """There once it is asked for: a page that nobody opens holds no port."""
        return HttpServer(self.guard, "127.0.0.1", 0, None, 5.0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    async def headers(
        self, name: str = "Ada", role: Role = Role.NURSE, wards: tuple[str, ...] | None = None, way: Way = Way.PASSWORD
    ) -> Headers:
        """What the browser of somebody who is signed in sends. The same name is the same person."""
        key, _ = await self.people.sign_in.begin(Actor(f"id-of-{name}"[:36], name, role, wards, way))
        return {"Cookie": f"{SESSION}={key}", "X-Form-Token": form_token(key)}

    async def client(self, name: str = "Ada", role: Role = Role.NURSE, **who: Any) -> httpx.AsyncClient:
        """A browser of theirs, to be closed with the page."""
        headers = await self.headers(name, role, **who)
        one = httpx.AsyncClient(base_url=self.url, timeout=PATIENCE_S, headers=headers)
        self._clients.append(one)
        return one

    def stranger(self) -> httpx.AsyncClient:
        """A browser in which nobody is signed in, to be closed with the page."""
        one = httpx.AsyncClient(base_url=self.url, timeout=PATIENCE_S)
        self._clients.append(one)
        return one

    async def close(self) -> None:
        """Give everything back."""
        for one in self._clients:
            await one.aclose()
        await self.people.sessions.close()
        await self.database.close()


@asynccontextmanager
async def served(
    bench: Bench,
    max_viewers: int = 64,
    timezone: str | None = None,
    proxies: Sequence[str] = (),
    provider: Callable[[Accounts], Provider] | None = None,
    receivers: Receivers | None = None,
) -> AsyncIterator[tuple[Page, httpx.AsyncClient]]:
    """A running page and the browser of Ada, a nurse of every ward."""
    page = Page(bench, max_viewers, timezone, proxies, provider, receivers)
    await page.database.open()
    serving = asyncio.create_task(page.server.run())
    drawing = asyncio.create_task(page.ward_page.run(0.1))
    await page.server.started()
    try:
        yield page, await page.client()
    finally:
        page.stop.set()
        page.ward_page.wake_all()
        page.server.stop()
        await asyncio.wait_for(serving, PATIENCE_S)
        drawing.cancel()
        with suppress(asyncio.CancelledError):
            await drawing
        await page.close()


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
async def browser(
    page: Page, last: str | None = None, tab: str = "", headers: Headers | None = None
) -> AsyncIterator[Events]:
    """A connected event stream. last: the newest id that it has. tab: its name. headers: Ada's, or of somebody else."""
    headers = (headers or await page.headers()) | ({"Last-Event-ID": last} if last else {})
    async with (
        httpx.AsyncClient(base_url=page.url, timeout=PATIENCE_S) as client,
        client.stream("GET", f"/events?ward=ward-1&tab={tab}", headers=headers) as response,
    ):
        response.raise_for_status()
        yield Events(response)
