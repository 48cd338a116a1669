"""The alerts process, for tests that ask it over HTTP and kill it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from localsite.nats_pair import NatsPair
from localsite.service import Service
from services.alerts.people.tokens import Tokens, TokenScope
from services.alerts.records.database import Database
from tests.services.alerts.site import site_file
from tests.support.waiting import PATIENCE_S, eventually

UNHURRIED = dict.fromkeys(("repeat_s", "widen_after_s", "ack_timeout_s", "presence_timeout_s"), 86_400.0)
"""Rules under which time alone changes no alert while a test runs, however long it takes on a busy machine."""


class AlertsProcess(Service):
    """The alerts service with its own site, audit log and ports, and no hurry: UNHURRIED but for what settings say."""

    def __init__(
        self,
        pair: NatsPair,
        redis_url: str,
        directory: Path,
        module: str | None = None,
        launcher: tuple[str, ...] = (),
        **settings: object,
    ) -> None:
        """module: what is run where it is not the service's main. launcher: as localsite.service has it."""
        directory.mkdir(exist_ok=True)
        self.audit = directory / "audit.jsonl"
        self._tokens: dict[str, str] = {}
        common = pair.connection("alerts") | {"redis_url": redis_url, "site_file": site_file(directory)}
        common |= {"audit_file": self.audit, "room_domains": f'["{pair.domain}"]'}
        self.database = f"sqlite:///{self.audit.with_name('records.db')}"
        super().__init__("alerts", common | UNHURRIED | settings, directory, module=module, launcher=launcher)

    @property
    def port(self) -> int:
        return self.ports()["http"]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self) -> None:
        """Start it and wait until the page is there and follows the bus. Raises ProcessError when it does not start."""
        self.start()
        await asyncio.to_thread(self.ports)
        await eventually(self.is_whole)

    async def is_ready(self) -> bool:
        return await asyncio.to_thread(self.ready)

    async def is_whole(self) -> bool:
        return await asyncio.to_thread(self.whole)

    async def client(self, name: str = "Ada", url: str = "", **options: Any) -> httpx.AsyncClient:
        """A program that may see and act, under this name. url: where it is not this process's own."""
        if name not in self._tokens:
            self._tokens[name] = await self._token(name)
        bearer = {"Authorization": f"Bearer {self._tokens[name]}"}
        return httpx.AsyncClient(base_url=url or self.url, timeout=PATIENCE_S, headers=bearer, **options)

    async def snapshot(self) -> dict[str, object]:
        async with await self.client() as client:
            answer = await client.get("/api/v1/ward/ward-1")
            found: dict[str, object] = answer.raise_for_status().json()
            return found

    async def open_alerts(self) -> list[dict[str, Any]]:
        """As the API has them."""
        async with await self.client() as client:
            found: list[dict[str, Any]] = (await client.get("/api/v1/alerts")).raise_for_status().json()["open"]
            return found

    async def open_levels(self) -> set[tuple[str, int]]:
        """Of the open alerts: room and level."""
        return {(one["camera"].split("/")[1], one["level"]) for one in await self.open_alerts()}

    async def _token(self, name: str) -> str:
        database = Database(self.database)
        await database.open()
        tokens = Tokens(database, lambda: datetime.now(UTC))
        token, _ = await tokens.make(name, list(TokenScope), None, "tests", timedelta(days=2))
        await database.close()
        return token


@asynccontextmanager
async def alerts_process(
    pair: NatsPair, redis_url: str, directory: Path, **settings: object
) -> AsyncIterator[AlertsProcess]:
    """A running, ready alerts process; killed afterwards if it still runs."""
    process = AlertsProcess(pair, redis_url, directory, **settings)
    await process.serve()
    try:
        yield process
    finally:
        process.kill()
