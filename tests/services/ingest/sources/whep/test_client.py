"""Servers that break HTTP's rules: each is an error soon, and bounded."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest

from localsite.pki import Pki
from services.ingest.sources.pulling.authority import authority
from services.ingest.sources.pulling.errors import ConnectionLost, PullError
from services.ingest.sources.whep.client import WhepClient
from services.ingest.sources.whep.errors import AnswerMalformed, NotWhep
from services.runtime.stream_server import serve_streams
from tests.services.ingest.sources.whep.pulled import served
from tests.support.waiting import PATIENCE_S

CREATED = b"HTTP/1.1 201 Created\r\nLocation: /s/1\r\nContent-Type: application/sdp\r\n"
ENDLESS = 512 * 1024 * 1024
"""What such a server sends, if it is let."""
MOST = 32 * 1024 * 1024
"""What both ends' sockets may hold, and more."""


@asynccontextmanager
async def saying(pki: Pki, parts: Iterable[bytes]) -> AsyncIterator[tuple[int, list[int]]]:
    """A server that says them to whoever comes; its port, and how many bytes it got rid of."""
    sent, over = [0], asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            for part in parts:
                writer.write(part)
                await writer.drain()
                sent[0] += len(part)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()
            over.set()

    server = await serve_streams(serve, "localhost", ssl=served(pki))
    try:
        yield server.port, sent
        await asyncio.wait_for(over.wait(), PATIENCE_S)
    finally:
        await server.close()


def repeated(part: bytes) -> Iterable[bytes]:
    return itertools.repeat(part, ENDLESS // len(part))


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        (lambda: itertools.chain([CREATED + b"\r\n"], repeated(b"a=x" * 20_000)), AnswerMalformed),
        (
            lambda: itertools.chain([CREATED + b"Content-Encoding: gzip\r\n\r\n"], repeated(b"\0" * 60_000)),
            AnswerMalformed,
        ),
        (lambda: itertools.chain([CREATED], repeated(b"X-More: " + b"x" * 1000 + b"\r\n")), NotWhep),
        (lambda: repeated(b"x" * 60_000), NotWhep),
        (lambda: [CREATED + b"Content-Length: 100\r\n\r\nv=0"], ConnectionLost),
        (lambda: [], ConnectionLost),
    ],
    ids=["endless body", "compressed body", "endless headers", "no HTTP", "half a body", "nothing"],
)
async def test_hostile_answers(pki: Pki, parts: object, kind: type[PullError]) -> None:
    async with saying(pki, parts()) as (port, sent):  # type: ignore[operator]
        with pytest.raises(kind):
            await post(pki, port)
    assert sent[0] < MOST


async def post(pki: Pki, port: int) -> str:
    tls = authority(pki.cert("ingest_web")[2])
    async with WhepClient(f"https://localhost:{port}/", None, tls, PATIENCE_S) as one:
        return await one.post("v=0\r\n")
