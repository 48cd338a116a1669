"""The page's port is free again however its server ended."""

from __future__ import annotations

import asyncio
import gc
import socket
import warnings
from contextlib import suppress

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from services.alerts.dashboard.http_server import HttpServer
from services.runtime.gate import TURNS
from tests.support.waiting import PATIENCE_S


async def test_a_server_that_is_cut_off_listens_no_more() -> None:
    server = HttpServer(PlainTextResponse("here"), "127.0.0.1", 0)
    running = asyncio.create_task(server.run())
    await server.started()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert server.socket.fileno() == -1
    server.close()


@pytest.mark.parametrize("turns", range(2 * TURNS))
def test_a_connection_at_any_point_of_its_beginning_ends_with_the_server(
    turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients: list[socket.socket] = []

    async def meanwhile(_: uvicorn.Server) -> None:
        clients.append(socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S))
        for _turn in range(turns):
            await asyncio.sleep(0)

    monkeypatch.setattr(uvicorn.Server, "main_loop", meanwhile)
    server = HttpServer(PlainTextResponse("here"), "127.0.0.1", 0)
    gc.collect()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        asyncio.run(server.run())
        gc.collect()
    assert [str(one.message) for one in told] == []
    with clients[0] as client, suppress(ConnectionResetError):
        assert client.recv(1) == b""
