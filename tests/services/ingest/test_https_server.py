"""The device's HTTPS at its end."""

from __future__ import annotations

import asyncio
import socket
import ssl

import psutil
from aiohttp import web

from localsite.pki import Pki
from services.ingest.https_server import serving
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
