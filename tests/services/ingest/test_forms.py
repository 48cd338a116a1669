"""Forms of the pages in the room: what is none is refused, and what never comes whole keeps no connection."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from localsite.pki import Pki
from services.ingest import forms
from services.ingest.forms import FORM, field
from services.ingest.https_server import serving
from tests.support.waiting import PATIENCE_S

HEAD = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n"


@pytest.fixture
async def port(pki: Pki) -> AsyncIterator[int]:
    """Of a page that says what its form's field `one` has."""

    async def said(request: web.Request) -> web.Response:
        return web.Response(text=repr(await field(request, "one")))

    application = web.Application(client_max_size=64)
    application.router.add_post("/", said)
    cert, key, _ = pki.cert("ingest_web")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    async with serving(application, "127.0.0.1", 0, context) as found:
        yield found


async def sent(port: int, pki: Pki, kind: str, body: bytes, length: int | None = None) -> str:
    """The answer's status line and body, to a body of so many bytes by its head."""
    tls = ssl.create_default_context(cafile=str(pki.cert("ingest_web")[2]))
    reader, writer = await asyncio.open_connection("localhost", port, ssl=tls)
    writer.write(HEAD.format(kind, len(body) if length is None else length).encode() + body)
    async with asyncio.timeout(PATIENCE_S):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        more = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
        text = (await reader.readexactly(more)).decode()
    writer.transport.abort()
    return f"{head.splitlines()[0]} {text}"


async def test_a_plain_form_is_read(port: int, pki: Pki) -> None:
    assert await sent(port, pki, FORM, b"one=two+three") == "HTTP/1.1 200 OK 'two three'"
    assert await sent(port, pki, FORM, b"other=two") == "HTTP/1.1 200 OK ''"


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="one"\r\n\r\n2\r\n--x--',
            415,
        ),
        ("multipart/form-data", b"--x", 415),
        ("text/plain", b"one=two", 415),
        (FORM, b"one=\xff", 400),
        (FORM + "; charset=no-such", b"one=two", 400),
        (FORM + "; charset=utf-7", b"one=+2AA-", 400),
        (FORM + "; charset=unicode_escape", b"one=\\ud800", 400),
        (FORM, b"one=" + b"2" * 64, 413),
    ],
)
async def test_what_is_none_is_refused(port: int, pki: Pki, kind: str, body: bytes, status: int) -> None:
    assert (await sent(port, pki, kind, body)).startswith(f"HTTP/1.1 {status} ")


async def test_one_that_never_comes_whole_is_not_waited_for(
    port: int, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "BODY_TIMEOUT_S", 0.05)
    assert (await sent(port, pki, FORM, b"one=", length=64)).startswith("HTTP/1.1 408 ")
