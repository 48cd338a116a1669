"""The real process and cameras that send as much as they can: its memory stays bounded, and a state tells of them."""

from __future__ import annotations

import asyncio
import itertools
import struct
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from localsite.nats_pair import NatsPair
from services.ingest.frames.allocation import MAX_BLOCK_BYTES
from services.runtime.stream_server import serve_streams
from tests.services.bus.ward import states_of
from tests.services.ingest.process import IngestProcess
from tests.services.ingest.sources.rtsp.pulled import video
from tests.support.rtsp.camera import PAYLOAD_TYPE, RtspCamera
from tests.support.rtsp.requests import Request, read_request
from tests.support.waiting import eventually

MIB = 1024 * 1024
PACKET = 60_000
FLOOD = 1_200 * MIB
"""What each sends within a session, if it is let: many times the bound."""
ROOM_MIB = 4 * MAX_BLOCK_BYTES // MIB
"""A block, its copy while it grows by a sixteenth and more, the packet made of it, and libavformat's own queues."""
PATIENCE = {"rtsp_connect_s": 10, "rtsp_silence_s": 10, "rtsp_retry_first_s": 5, "rtsp_retry_limit_s": 5}


def head(request: Request, *lines: str) -> bytes:
    """An answer's, without its end."""
    return "\r\n".join(["RTSP/1.0 200 OK", f"CSeq: {request.headers['cseq']}", *lines]).encode() + b"\r\n"


def repeated(part: bytes) -> Iterable[bytes]:
    return itertools.repeat(part, FLOOD // len(part))


def headers(request: Request) -> Iterable[bytes]:
    """Without end."""
    lines = b"".join(b"X-%d: " % number + b"x" * 1000 + b"\r\n" for number in range(64))
    return itertools.chain([head(request)], repeated(lines))


def description(request: Request) -> Iterable[bytes]:
    """Of two gigabytes."""
    said = head(request, "Content-Type: application/sdp", "Content-Length: 2000000000", "")
    return itertools.chain([said], repeated(b"a=x:" + b"x" * 60_000 + b"\r\n"))


def packets_unasked(_: Request) -> Iterable[bytes]:
    """Of the largest size that RTSP has, before any answer."""
    return repeated(b"$\0\xff\xff" + b"x" * 0xFFFF)


def picture(_: Request) -> Iterable[bytes]:
    """Whose fragments never end (RFC 6184, 5.8), after everything was set up."""
    for number in range(FLOOD // PACKET):
        flags = bytes([0x7C, 0x85 if number == 0 else 0x05])
        packet = struct.pack("!BBHII", 0x80, PAYLOAD_TYPE, number % 2**16, 0, 7) + flags + b"\xaa" * PACKET
        yield b"$\0" + len(packet).to_bytes(2, "big") + packet


HOSTILE: dict[str, tuple[str, Callable[[Request], Iterable[bytes]]]] = {
    "headers": ("DESCRIBE", headers),
    "description": ("DESCRIBE", description),
    "packets": ("DESCRIBE", packets_unasked),
    "picture": ("PLAY", picture),
}


@asynccontextmanager
async def flooding(at: str, flood: Callable[[Request], Iterable[bytes]]) -> AsyncIterator[tuple[int, list[int]]]:
    """A camera that is one until its second visit's request `at`; its port, and how many bytes it has sent then."""
    kind, visits, sent = RtspCamera(video()), itertools.count(), [0]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greeted = next(visits) % 2
        try:
            while (request := await read_request(reader)) is not None:
                if greeted and request.method == at:
                    if at == "PLAY":
                        writer.write(head(request, "Session: 1", ""))
                    for part in flood(request):
                        writer.write(part)
                        await writer.drain()
                        sent[0] += len(part)
                elif request.method == "DESCRIBE":
                    body = kind.sdp()
                    writer.write(head(request, "Content-Type: application/sdp", f"Content-Length: {len(body)}", ""))
                    writer.write(body.encode())
                else:
                    said = [f"Transport: {request.headers['transport']}"] if request.method == "SETUP" else []
                    writer.write(head(request, "Session: 1", *said, ""))
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()

    server = await serve_streams(serve, "127.0.0.1")
    try:
        yield server.port, sent
    finally:
        await server.close()


@pytest.mark.parametrize("kind", HOSTILE)
async def test_memory_stays_bounded(joined_pair: NatsPair, tmp_path: Path, kind: str) -> None:
    camera = f"hostile-{kind}"
    async with flooding(*HOSTILE[kind]) as (port, sent):
        entries = {camera: {"rtsp": {"url": f"rtsp://localhost:{port}/stream1"}}}
        process = IngestProcess(tmp_path, joined_pair, (camera,), entries, **PATIENCE)
        with process.start():
            process.ports()
            before = process.sample_memory()

            async def ended() -> bool:
                """A visit on a busy machine may be over before the camera has sent much: then another follows."""
                return sent[0] > MIB and '"rtsp_ended"' in process.log.read_text()

            await eventually(ended)
            grown = process.sample_memory() - before
    assert grown < ROOM_MIB, f"{grown:.0f} MiB after {sent[0] // MIB} MiB were sent"
    last = (await states_of(joined_pair, camera, 1))[-1]
    assert last.status == "offline"
