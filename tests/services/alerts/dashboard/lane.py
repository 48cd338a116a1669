"""A ward that has nothing to tell of its cameras yet, the lane of technical alarms, and what is said to one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from services.alerts.policy.technical import Severity, TechnicalCondition
from tests.services.alerts.bench import START, Bench
from tests.services.alerts.dashboard.over_http import Site
from tests.services.alerts.page import served

OFFLINE = "ward-1/room-1/cam-room-1/ingest.offline"
WEBHOOK = TechnicalCondition("", "webhook", Severity.ALARM, "A receiver of alerts does not answer.", START)


@asynccontextmanager
async def well(directory: Path) -> AsyncIterator[Site]:
    """Every camera's services live, and its consent asked for."""
    bench = Bench(directory)
    await bench.alive()
    for key in bench.ward_state.cameras:
        _, room, camera = key.split("/")
        await bench.writer.receive(bench.epoch.state(room, "ingest", "live", bench.now, camera, {"consent_asks": "q1"}))
    async with served(bench) as (page, client):
        yield bench, page, client


async def say(client: httpx.AsyncClient, key: str, verb: str, **more: str) -> httpx.Response:
    return await client.post(f"/api/v1/faults/{key}/{verb}", json=more)


async def lane(client: httpx.AsyncClient) -> str:
    html = (await client.get("/")).text
    return " ".join(html.split('data-fragment="lane"')[1].split("</section>")[0].split())
