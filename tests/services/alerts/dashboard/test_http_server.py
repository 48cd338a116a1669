"""The page's port is free again however its server ended."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.responses import PlainTextResponse

from services.alerts.dashboard.http_server import HttpServer


async def test_a_server_that_is_cut_off_listens_no_more() -> None:
    server = HttpServer(PlainTextResponse("here"), "127.0.0.1", 0)
    running = asyncio.create_task(server.run())
    await server.started()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert server.socket.fileno() == -1
    server.close()
