"""What a browser asks a replica that follows goes to whoever leads, whatever stands in the request's first line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.alerts.dashboard.between_leaders import BetweenLeaders
from services.alerts.dashboard.http_server import HttpServer
from services.alerts.dashboard.render import Renderer
from services.alerts.dashboard.request_guard import RequestGuard
from services.alerts.leading.forwarding import Forwarding
from services.alerts.leading.lease import Word
from services.runtime.stream_server import serve_streams
from tests.support.waiting import PATIENCE_S


@asynccontextmanager
async def listener(heard: list[bytes]) -> AsyncIterator[int]:
    """Notes the first line of what it is asked; its port."""

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readline())
        writer.write(b"HTTP/1.1 204 Heard\r\n\r\n")
        writer.close()

    async with await serve_streams(hear, "127.0.0.1") as server:
        yield server.port


@pytest.mark.parametrize(
    ("target", "status", "at_leader"),
    [
        ("/ward/a?b=c", 204, [b"GET /ward/a?b=c HTTP/1.1\r\n"]),
        ("//elsewhere/", 204, [b"GET //elsewhere/ HTTP/1.1\r\n"]),
        ("@127.0.0.1:{elsewhere}/x", 400, []),
        (".elsewhere/x", 400, []),
        ("9/x", 400, []),
        ("http://127.0.0.1:{elsewhere}/x", 400, []),
    ],
)
async def test_no_request_is_handed_to_another_than_the_leader(
    target: str, status: int, at_leader: list[bytes]
) -> None:
    """With it goes the key by which replicas are believed, and the visitor's cookies."""
    heard: list[bytes] = []
    elsewhere: list[bytes] = []
    async with listener(heard) as leader, listener(elsewhere) as other:
        word = Word("alerts-1", f"http://127.0.0.1:{leader}", key="k")
        follower = Forwarding(lambda: word, asyncio.Event(), BetweenLeaders(Renderer()))
        server = HttpServer(RequestGuard(follower, ("ward.test",), secure=False), "127.0.0.1", 0)
        running = asyncio.create_task(server.run())
        await server.started()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(f"GET {target.format(elsewhere=other)} HTTP/1.1\r\nHost: ward.test\r\n\r\n".encode())
        async with asyncio.timeout(PATIENCE_S):
            answer = await reader.readline()
        writer.close()
        server.stop()
        await running
        await follower.close()
    assert elsewhere == []
    assert heard == at_leader
    assert answer.split()[1] == str(status).encode()
