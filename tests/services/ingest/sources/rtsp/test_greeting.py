"""The first question to a camera: every kind of refusal has its error, whatever answers."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest

from localsite.pki import Pki
from services.ingest.sources.pulling import errors as pulling
from services.ingest.sources.pulling.authority import authority
from services.ingest.sources.rtsp import errors, greeting
from services.ingest.sources.rtsp.greeting import greet
from services.runtime.stream_server import serve_streams
from tests.support.waiting import PATIENCE_S

SHORT_S = 0.2
HEAD = b"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n"
BASIC = b'WWW-Authenticate: Basic realm="a"\r\n'
DIGEST = b'www-authenticate:digest realm="a", nonce="b"\r\n'
MD5 = b'WWW-Authenticate: Digest algorithm=MD5-sess, realm="a", nonce="b"\r\n'
SHA_256 = b'WWW-Authenticate: Digest realm="a", algorithm="SHA-256", nonce="b"\r\n'


@asynccontextmanager
async def answering(parts: Iterable[bytes], tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that says this to whoever comes, then is silent; its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
            await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()

    server = await serve_streams(serve, "127.0.0.1", ssl=tls)
    try:
        yield server.port
    finally:
        await server.close()


@pytest.mark.parametrize(
    ("answer", "has_login", "expected"),
    [
        (HEAD + DIGEST + b"\r\n", False, errors.LoginMissing),
        (HEAD + BASIC + b"\r\n", True, errors.LoginUnsafe),
        (HEAD + b"\r\n", True, errors.LoginUnsafe),
        (HEAD + SHA_256 + b"\r\n", True, errors.LoginUnsupported),
        (b"RTSP/1.0 404 Not Found\r\n\r\n", True, pulling.StreamNotFound),
        (b"RTSP/1.0 302 Moved\r\nLocation: rtsp://elsewhere/\r\n\r\n", True, pulling.Redirected),
        (b"RTSP/1.0 503\r\n\r\n", True, pulling.RequestRefused),
        (b"HTTP/1.1 200 OK\r\n\r\n", True, errors.NotRtsp),
        (b"\x16\x03\x01" * 9000, True, errors.NotRtsp),
        (b"", True, pulling.Silent),
        (b"RTSP/1.0 200 OK\r\nCSeq:", True, pulling.Silent),
    ],
)
async def test_refusals(
    answer: bytes, has_login: bool, expected: type[pulling.PullError], monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = greeting.connected  # its wait is the answer's: the connection may take what it takes
    monkeypatch.setattr(greeting, "connected", lambda *where: connected(*where[:-1], PATIENCE_S))
    async with answering([answer]) as port:
        patience = SHORT_S if expected is pulling.Silent else PATIENCE_S
        with pytest.raises(pulling.PullError) as caught:
            await greet(f"rtsp://127.0.0.1:{port}/", None, has_login, patience)
    assert type(caught.value) is expected


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + DIGEST + b"\r\n",
        HEAD + BASIC + DIGEST + b"\r\n",
        HEAD + SHA_256 + MD5 + b"\r\n",
        HEAD + BASIC + MD5 + SHA_256 + b"\r\n",
        HEAD + SHA_256 + DIGEST + b"\r\n",
        b"RTSP/1.0 200 OK\r\n\r\n",
    ],
)
async def test_who_may_go_on(answer: bytes) -> None:
    async with answering([answer]) as port:
        await greet(f"rtsp://127.0.0.1:{port}/", None, True, PATIENCE_S)


async def test_headers_without_end_are_an_error_soon() -> None:
    endless = itertools.chain([b"RTSP/1.0 200 OK\r\n"], itertools.repeat(b"X-More: " + b"x" * 200 + b"\r\n"))
    async with answering(endless) as port:
        with pytest.raises(errors.NotRtsp):
            await greet(f"rtsp://127.0.0.1:{port}/", None, True, PATIENCE_S)


async def test_nobody_there() -> None:
    async with answering([]) as port:
        pass
    with pytest.raises(pulling.Unreachable):
        await greet(f"rtsp://127.0.0.1:{port}/", None, True, PATIENCE_S)
    with pytest.raises(pulling.Unreachable):
        await greet(f"rtsp://{'a' * 64}.invalid/", None, True, PATIENCE_S)


async def test_certificates(pki: Pki) -> None:
    cert, key, ca = pki.cert("ingest_web")
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(cert, key)
    other = authority(pki.cert("bus_ingest")[2])
    async with answering([HEAD + BASIC + b"\r\n"], served) as port:
        await greet(f"rtsps://localhost:{port}/", authority(ca), True, PATIENCE_S)
        with pytest.raises(pulling.CertificateRefused):
            await greet(f"rtsps://localhost:{port}/", other, True, PATIENCE_S)
    async with answering([HEAD]) as port:
        with pytest.raises(errors.NotRtsp):
            await greet(f"rtsps://localhost:{port}/", authority(ca), True, PATIENCE_S)
