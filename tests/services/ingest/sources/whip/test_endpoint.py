"""The endpoint's limits and its answers while it goes away: real HTTP in this process, rates made small."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from localsite.site_file import write_site
from services.ingest.metrics import IngestMetrics
from services.ingest.sources.whip.endpoint import Endpoint
from services.ingest.sources.whip.limits import Rate
from services.ingest.sources.whip.options import EndpointOptions
from services.runtime.metrics import Metrics
from services.site.file import load_site
from tests.services.ingest.sources.whip.offer_files import NAMES, offer
from tests.services.ingest.sources.whip.whip import SDP
from tests.services.ingest.sources.whip.whip_sessions import WhipSessions, whip_sessions


@asynccontextmanager
async def served(
    directory: Path, options: EndpointOptions | None = None
) -> AsyncIterator[tuple[TestClient, WhipSessions, dict[str, str]]]:
    """(client, sessions, headers of cam-1)."""
    async with whip_sessions(directory) as found:
        tokens = write_site(directory / "site.yaml", ("cam-1", "cam-2", "cam-3"))
        site = load_site(directory / "site.yaml")
        series = IngestMetrics(Metrics(), ())
        endpoint = Endpoint(site, found.sessions, options or EndpointOptions(), series, found.clock)
        async with TestClient(TestServer(endpoint.application())) as client:
            yield client, found, {"Authorization": f"Bearer {tokens['cam-1']}", "Content-Type": SDP}


async def test_posts_are_limited_per_camera(tmp_path: Path) -> None:
    async with served(tmp_path, EndpointOptions(posts=Rate(2, 0.5))) as (client, found, headers):
        statuses = [(await client.post("/whip/cam-1", data="v=0", headers=headers)).status for _ in range(3)]
        assert statuses == [400, 400, 429]
        refused = await client.post("/whip/cam-1", data="v=0", headers=headers)
        assert refused.headers["Retry-After"] == "2"
        assert refused.content_type == "application/problem+json"
        found.clock.advance(2.0)
        assert (await client.post("/whip/cam-1", data="v=0", headers=headers)).status == 400


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_changes_are_limited_per_camera(tmp_path: Path, method: str) -> None:
    async with served(tmp_path, EndpointOptions(changes=Rate(1, 1.0))) as (client, _, headers):
        statuses = [(await client.request(method, "/whip/cam-1/x", headers=headers)).status for _ in range(2)]
        assert statuses == [404, 429]


async def test_strangers_are_limited_by_address(tmp_path: Path) -> None:
    async with served(tmp_path, EndpointOptions(per_address=Rate(3, 1.0))) as (client, _, _headers):
        statuses = [(await client.post("/whip/cam-1")).status for _ in range(4)]
        assert statuses == [401, 401, 401, 429]


async def test_draining_answers_503_and_still_serves_delete(tmp_path: Path) -> None:
    async with served(tmp_path) as (client, found, headers):
        await found.sessions.drain()
        answer = await client.post("/whip/cam-1", data=offer("obs-30"), headers=headers)
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) >= 1
        assert (await client.delete("/whip/cam-1/x", headers=headers)).status == 404


async def test_a_body_that_does_not_arrive(tmp_path: Path) -> None:
    async with served(tmp_path, EndpointOptions(body_timeout_s=0.05)) as (client, _, headers):
        held = asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield b"v=0\r\n"
            await held.wait()
            yield b"s=-\r\n"

        answer = await client.post("/whip/cam-1", data=slowly(), headers=headers)
        assert answer.status == 408
        held.set()


async def test_a_fixed_origin(tmp_path: Path) -> None:
    async with served(tmp_path, EndpointOptions(cors_origin="https://ward.test")) as (client, _, headers):
        answer = await client.get("/whip/cam-1", headers=headers)
        assert answer.headers["Access-Control-Allow-Origin"] == "https://ward.test"
        assert answer.headers["Vary"] == "Origin"


async def test_a_fault_of_ours_is_500_without_a_word_and_the_service_stays_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(tmp_path) as (client, found, headers):

        async def broken(*_: object) -> None:
            raise ZeroDivisionError("secret")

        monkeypatch.setattr(found.sessions, "open", broken)
        answer = await client.post("/whip/cam-1", data=offer("obs-30"), headers=headers)
        assert answer.status == 500
        assert b"secret" not in await answer.read()
        monkeypatch.undo()
        assert (await client.post("/whip/cam-1", data=offer("obs-30"), headers=headers)).status == 201


LINES = sorted({line for name in NAMES for line in offer(name).split("\r\n")})
EDIT = st.tuples(st.integers(0, 99), st.sampled_from(["drop", "swap", "cut", "noise"]), st.sampled_from(LINES))


def mutate(text: str, edits: list[tuple[int, str, str]], noise: str) -> str:
    """The text with lines dropped, replaced by others, cut short, or with noise behind them."""
    lines = text.split("\r\n")
    for place, kind, line in edits:
        place %= max(1, len(lines))
        kept = lines[place : place + 1]
        changes = {"drop": [], "swap": [line], "cut": [one[: len(one) // 2] for one in kept]}
        lines[place : place + 1] = changes.get(kind, [one + noise for one in kept])
    return "\r\n".join(lines)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NAMES), st.lists(EDIT, min_size=1, max_size=5), st.text(max_size=20))
def test_fuzzed_offers_get_a_4xx_or_an_answer(name: str, edits: list[tuple[int, str, str]], noise: str) -> None:
    async def post() -> None:
        with tempfile.TemporaryDirectory() as directory:
            async with served(Path(directory)) as (client, found, headers):
                body = mutate(offer(name), edits, noise).encode("utf-8", "surrogatepass")
                answer = await client.post("/whip/cam-1", data=body, headers=headers)
                assert answer.status == 201 or 400 <= answer.status < 500
                if answer.status != 201:
                    assert answer.content_type == "application/problem+json"
                    assert len(found.sessions) == 0
                else:
                    assert (await client.delete(answer.headers["Location"], headers=headers)).status == 200
                assert (await client.post("/whip/cam-1", data=offer("obs-30"), headers=headers)).status == 201

    asyncio.run(post())


async def test_an_address_may_end_with_a_slash(tmp_path: Path) -> None:
    async with served(tmp_path) as (client, _, headers):
        made = await client.post("/whip/cam-1/", data=offer("obs-30"), headers=headers)
        assert made.status == 201
        assert (await client.get("/whip/cam-1/", headers=headers)).status == 204
        session = made.headers["Location"]
        assert (await client.get(session + "/", headers=headers)).status == 204
        assert (await client.delete(session + "/", headers=headers)).status == 200


@pytest.mark.parametrize("before", ["/", "//"])
async def test_an_address_may_have_more_slashes_before_its_path(tmp_path: Path, before: str) -> None:
    """Of clients that put a server's address, which ends with a slash, before a path that begins with one."""
    async with served(tmp_path) as (client, _, headers):
        address = URL(str(client.make_url("/")) + f"{before}whip/cam-1".removeprefix("/"), encoded=True)
        assert address.raw_path == f"{before}whip/cam-1"
        made = await client.session.post(address, data=offer("obs-30"), headers=headers)
        assert made.status == 201
        assert made.headers["Location"].startswith("/whip/cam-1/")
        assert (await client.delete(made.headers["Location"], headers=headers)).status == 200
