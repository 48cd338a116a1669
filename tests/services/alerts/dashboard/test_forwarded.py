"""The page behind proxies: who is believed, what was asked for then, and a browser that acknowledges through TLS."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from localsite.pki import Pki
from services.alerts.dashboard import prompt_http, request_guard
from services.alerts.dashboard.forwarded import Asked, Forwarded, networks
from services.alerts.dashboard.http_server import HttpServer
from services.alerts.dashboard.request_guard import MAX_BODY_BYTES, RequestGuard
from tests.services.alerts.bench import Bench
from tests.services.alerts.chromium import chromium
from tests.services.alerts.page import served
from tests.services.alerts.relay import tls_proxy
from tests.support.waiting import PATIENCE_S

LIVE = "document.getElementById('link-text')?.textContent === 'Live'"
PROTO = {"x-forwarded-proto": "https"}


@pytest.mark.parametrize(
    ("trusted", "peer", "headers", "asked"),
    [
        ((), "10.0.0.1", PROTO, Asked("ward", "http", 80)),
        (("10.0.0.1",), "10.0.0.1", PROTO, Asked("ward", "https", None)),
        (("10.0.0.0/8",), "::ffff:10.9.9.9", PROTO, Asked("ward", "https", None)),
        (("10.0.0.0/8",), "11.0.0.1", PROTO, Asked("ward", "http", 80)),
        (("fd00::/8",), "fd00::7", PROTO, Asked("ward", "https", None)),
        (("*",), "192.0.2.1", PROTO, Asked("ward", "https", None)),
        (("*",), "192.0.2.1", {}, Asked("ward", None, None)),
        (("*",), "192.0.2.1", {"x-forwarded-proto": "http, https"}, Asked("ward", None, None)),
        (("*",), "192.0.2.1", {"x-forwarded-proto": "https, http"}, Asked("ward", None, None)),
        (("*",), "192.0.2.1", {"x-forwarded-proto": "https,HTTPS"}, Asked("ward", "https", None)),
        (("*",), "192.0.2.1", PROTO | {"host": "ward:8080"}, Asked("ward", "https", None)),
        (("*",), "192.0.2.1", {"forwarded": "for=10.1.1.1;Proto=https;by=10.0.0.2"}, Asked("ward", "https", None)),
        (
            *(("*",), "192.0.2.1", {"forwarded": 'for="[2001:db8::1]:4711";host="page.example:8443";proto=https'}),
            Asked("page.example", "https", 8443),
        ),
        (("*",), "192.0.2.1", {"forwarded": "proto=https;host=a, proto=http;host=b"}, Asked("b", None, None)),
        ((), "192.0.2.1", {"forwarded": "proto=https;host=page.example"}, Asked("ward", "http", 80)),
        (("*",), "192.0.2.1", {"x-forwarded-proto": "gopher"}, Asked("ward", None, None)),
        (("*",), "192.0.2.1", PROTO | {"x-forwarded-host": "Page.Example.:8443"}, Asked("page.example", "https", 8443)),
        (("*",), "192.0.2.1", PROTO | {"x-forwarded-port": "8443"}, Asked("ward", "https", 8443)),
        (("*",), "testclient", PROTO, Asked("ward", "http", 80)),
    ],
)
def test_only_trusted_proxies_are_believed(
    trusted: tuple[str, ...], peer: str, headers: dict[str, str], asked: Asked
) -> None:
    scope = {"type": "http", "client": (peer, 1)}
    found = Forwarded(networks(trusted), False).asked(scope, Headers({"host": "WARD."} | headers))
    assert found == asked


@pytest.mark.parametrize(
    ("trusted", "headers", "client"),
    [
        ((), {"x-forwarded-for": "198.51.100.7"}, "192.0.2.1"),
        (("*",), {"x-forwarded-for": "203.0.113.9, 198.51.100.7"}, "198.51.100.7"),
        (("*",), {"x-forwarded-for": "2001:db8::7"}, "2001:db8::7"),
        (("*",), {"forwarded": 'for="[2001:db8::7]:4711";proto=https'}, "2001:db8::7"),
        (("*",), {"forwarded": "for=198.51.100.7"}, "198.51.100.7"),
        (("*",), {"x-forwarded-for": "unknown"}, "192.0.2.1"),
        (("*",), {}, "192.0.2.1"),
    ],
)
def test_a_trusted_proxy_says_who_asked(trusted: tuple[str, ...], headers: dict[str, str], client: str) -> None:
    scope = {"type": "http", "client": ("192.0.2.1", 1)}
    assert Forwarded(networks(trusted), False).client(scope, Headers(headers)) == client


@pytest.mark.parametrize(
    ("asked", "origin", "same"),
    [
        (Asked("ward", "https", 443), "https://ward", True),
        (Asked("ward", "https", 443), "https://WARD:443", True),
        (Asked("ward", "https", 443), "http://ward", False),
        (Asked("ward", "https", 443), "https://ward:8443", False),
        (Asked("ward", "https", None), "https://ward:8443", True),
        (Asked("ward", None, None), "http://ward", True),
        (Asked("ward", "http", 80), "http://ward.evil", False),
        (Asked("ward", None, None), "null", False),
        (Asked("ward", None, None), "https://ward:99999999", False),
        (Asked("ward", None, None), "file://ward", False),
        (Asked("::1", "http", 8080), "http://[::1]:8080", True),
    ],
)
def test_an_origin_is_the_page_itself_or_it_is_not(asked: Asked, origin: str, same: bool) -> None:
    assert asked.is_origin(origin) is same


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_browser_acknowledges_through_a_proxy_that_ends_tls(tmp_path: Path, pki: Pki, trusted: bool) -> None:
    bench = Bench(tmp_path)
    alert = await bench.raised("room-3", 3)
    certificate, key, _ = pki.cert("dashboard_web")
    async with (
        served(bench, proxies=("127.0.0.0/8",) if trusted else ()) as (page, _),
        tls_proxy(page.server.port, certificate, key) as port,
        chromium(tmp_path, "--ignore-certificate-errors") as browser,
        browser.tab() as tab,
    ):
        await tab.carry(f"https://localhost:{port}/", await page.headers())
        await tab.open(f"https://localhost:{port}/")
        await tab.until(LIVE)
        await tab.evaluate("document.querySelector('#room-room-3 button').click()")
        if trusted:
            await tab.until("document.querySelector('#room-room-3 .taken b')?.textContent === 'Ada'")
        else:
            await tab.until("document.querySelector('#room-room-3 .refused') !== null")
    taken = bench.ward_state.open_alerts()[0]
    assert taken.id == alert
    assert (taken.ack is not None) is trusted


async def chunks(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


@pytest.mark.parametrize("size", [1, 7, 4096])
async def test_a_chunked_body_is_counted_as_it_comes(tmp_path: Path, size: int) -> None:
    bench = Bench(tmp_path)
    alert = await bench.raised()
    async with served(bench) as (_, client):
        url = f"/api/v1/alerts/{alert}/ack"
        large = json.dumps({"reason": "x" * MAX_BODY_BYTES}).encode()
        with suppress(httpx.TransportError):  # the rest of it may meet a closed connection
            assert (await client.post(url, content=chunks(large, size))).status_code == 413
        assert bench.ward_state.open_alerts()[0].ack is None
        assert (await client.post(url, content=large)).status_code == 413
        answer = await client.post(url, content=chunks(json.dumps({"reason": "none"}).encode(), size))
        assert (answer.status_code, answer.json()["ack"]["by"]) == (200, "Ada")


async def test_a_body_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_guard, "BODY_TIMEOUT_S", 0.2)
    async with served(Bench(tmp_path)) as (page, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", page.server.port)
        writer.write(b"POST /api/v1/alerts/x/ack HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{")
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()
        await writer.wait_closed()


async def test_connections_are_closed_after_an_answer(tmp_path: Path) -> None:
    """One that stays open may go silent, and the next acknowledgement into it."""
    async with served(Bench(tmp_path)) as (_, client):
        for path in ("/", "/static/ward.css", "/api/v1/alerts", "/nowhere"):
            answer: httpx.Response = await client.get(path)
            assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("said", ["Transfer-Encoding: chunked", f"Content-Length: {MAX_BODY_BYTES + 1}"])
async def test_what_only_asks_brings_no_long_body(tmp_path: Path, said: str) -> None:
    """A replica that follows hands on what it was sent: nobody may send it a body that never ends."""
    taken: list[bytes] = []

    async def follower(scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] == "http.request":
            taken.append(message.get("body", b""))
            if not message.get("more_body", False):
                break
        await JSONResponse({})(scope, receive, send)

    server = HttpServer(RequestGuard(follower, ("127.0.0.1",), False), "127.0.0.1", 0)
    serving = asyncio.create_task(server.run())
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(f"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n{said}\r\n\r\n5\r\n".encode() + b"never")
        async with asyncio.timeout(PATIENCE_S):
            assert (await reader.readline()).startswith(b"HTTP/1.1 413")
        assert taken == []
        writer.close()
    finally:
        server.stop()
        await serving


async def test_a_connection_that_asks_nothing_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt_http, "HEAD_S", 0.2)
    async with served(Bench(tmp_path)) as (page, client):
        for said in (b"", b"GET / HTTP/1.1\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", page.server.port)
            writer.write(said)
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
            writer.close()
        assert (await client.get("/")).status_code == 200
