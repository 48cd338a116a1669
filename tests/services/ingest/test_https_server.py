"""The device's HTTPS at its end."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import warnings
from contextlib import suppress

import psutil
import pytest
from aiohttp import web

from localsite.pki import Pki
from services.ingest.https_server import serving
from services.runtime.gate import TURNS
from tests.support.waiting import PATIENCE_S


def asked(port: int, authority: ssl.SSLContext) -> ssl.SSLSocket:
    """A connection that was answered and stays open."""
    one = authority.wrap_socket(socket.create_connection(("127.0.0.1", port), PATIENCE_S), server_hostname="localhost")
    one.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert one.recv(4096).startswith(b"HTTP/1.1 404")
    return one


async def test_a_browser_that_says_nothing_more_holds_no_connection_open(pki: Pki) -> None:
    cert, key, ca = pki.cert("ingest_web")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    async with serving(web.Application(), "127.0.0.1", 0, context) as port:
        browser = await asyncio.to_thread(asked, port, ssl.create_default_context(cafile=str(ca)))
        served = [one for one in psutil.Process().net_connections("tcp") if one.laddr.port == port]
        assert {one.status for one in served} == {"LISTEN", "ESTABLISHED"}
    with browser:
        assert [one for one in psutil.Process().net_connections("tcp") if one.laddr.port == port] == []


@pytest.mark.parametrize("turns", range(4 * TURNS))
def test_a_connection_at_any_point_of_its_beginning_ends_with_the_server(turns: int, pki: Pki) -> None:
    """Before its TLS, in the middle of it, or not yet taken at all."""
    cert, key, _ = pki.cert("ingest_web")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    clients: list[socket.socket] = []

    async def trial() -> None:
        async with serving(web.Application(), "127.0.0.1", 0, context) as port:
            clients.append(socket.create_connection(("127.0.0.1", port), PATIENCE_S))
            clients[0].sendall(b"\x16\x03\x01\x02\x00")  # the head of a ClientHello that does not come
            for _ in range(turns):
                await asyncio.sleep(0)

    gc.collect()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        asyncio.run(trial())
        gc.collect()
    assert [str(one.message) for one in told] == []
    with clients[0] as client, suppress(ConnectionResetError):
        assert client.recv(1) == b""
