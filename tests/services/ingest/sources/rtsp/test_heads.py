"""What libavformat reads of a camera's head is what was read of it here: nothing hides in what the two read apart."""

from __future__ import annotations

import asyncio

import av
import pytest

from services.ingest.sources.rtsp.errors import NotRtsp
from services.ingest.sources.rtsp.heads import length_of, plain
from services.ingest.sources.rtsp.relay import relayed
from services.runtime.stream_server import serve_streams
from tests.support.waiting import PATIENCE_S

MOVED = b"RTSP/1.0 302 Moved\r\nCSeq: 2\r\nLocation: rtsp://127.0.0.1:%d/x\r\n\r\n"
OK = b"RTSP/1.0 200 OK\r\nCSeq: %b\r\n"


def hidden(how: str, number: bytes, port: int) -> bytes:
    """An answer to libavformat's first request, with another to its second one that sends to this port."""
    moved = MOVED % port
    of_body = b"Content-Length: %d\r\n" % len(moved)
    ways = {
        "an empty line that ends in LF alone": b"X: y\n\n" + moved,
        "an empty line with CRs": b"X: y\n\r\r\n" + moved,
        "a line that begins with NUL": b"\0\r\n" + moved,
        "two lengths": of_body + b"Content-Length: 0\r\n\r\n" + moved,
        "a length that only one knows": b"Content-Length : %d\r\n\r\n" % len(moved) + moved,
        "a length behind a CR": of_body + b"Content-\rLength: 0\r\n\r\n" + moved,
        "a length beyond 32 bits": b"Content-Length: %d\r\n\r\n" % 2**32 + moved,
        "a length that ends in what is none": b"Content-Length: 0x1\r\n\r\n" + moved,
    }
    return OK % number + ways[how]


@pytest.mark.parametrize(
    "how",
    [
        "an empty line that ends in LF alone",
        "an empty line with CRs",
        "a line that begins with NUL",
        "two lengths",
        "a length that only one knows",
        "a length behind a CR",
        "a length beyond 32 bits",
        "a length that ends in what is none",
    ],
)
async def test_an_answer_that_sends_elsewhere_is_hidden_nowhere(how: str) -> None:
    visits: list[bytes] = []

    async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append(await reader.read(1))
        writer.close()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        number = head.split(b"CSeq: ")[1].split(b"\r\n")[0]
        writer.write(hidden(how, number, other.port))
        await reader.read()
        writer.close()

    other = await serve_streams(visited, "127.0.0.1")
    camera = await serve_streams(answer, "127.0.0.1")
    async with other, camera:
        url = f"rtsp://127.0.0.1:{camera.port}/a"
        async with relayed(url, None, None, PATIENCE_S) as relay:
            with pytest.raises(av.InvalidDataError):
                await asyncio.to_thread(av.open, relay.url, format="rtsp", options={"rtsp_transport": "tcp"})
            assert relay.failure is not None
    assert visits == []


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r\r\n"])
def test_lines_that_a_careless_camera_ends_are_read(end: str) -> None:
    found = plain(f"RTSP/1.0 200 OK{end}Content-Length: 3{end}CSeq: 1\r\n\r\n")
    assert found == "RTSP/1.0 200 OK\r\nContent-Length: 3\r\nCSeq: 1\r\n\r\n"
    assert length_of(found) == 3


@pytest.mark.parametrize("said", ["2147483648", "-1", "+1", "1x", "", "1 2", "\x0b1", " " * 9 + "1"])
def test_a_length_that_reads_two_ways_is_none(said: str) -> None:
    with pytest.raises(NotRtsp):
        length_of(f"RTSP/1.0 200 OK\r\nContent-Length:{said}\r\n\r\n")
