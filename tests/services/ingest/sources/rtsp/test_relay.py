"""A login goes to the camera that it is for, in no way but those that are safe, and libavformat has none to give."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest

from services.ingest.sources.pulling.errors import Redirected
from services.ingest.sources.rtsp.errors import NotRtsp
from services.ingest.sources.rtsp.items import MAX_HEAD_BYTES
from services.ingest.sources.rtsp.login import Login
from services.ingest.sources.rtsp.relay import MOST_TRIES, Relay, relayed
from services.runtime.stream_server import serve_streams
from tests.services.ingest.sources.rtsp.pulled import LOGIN, pulled, video
from tests.services.ingest.videos import bright
from tests.support.rtsp.camera import RtspCamera
from tests.support.waiting import PATIENCE_S, eventually


@pytest.mark.parametrize("login", [None, LOGIN])
async def test_who_sends_elsewhere_is_not_followed(tmp_path: Path, login: tuple[str, str] | None) -> None:
    """Neither before a login is shown nor after; the one to whom it sends would take any."""
    async with RtspCamera(video(), login=("any", "any"), scheme="Basic") as other:
        visits: list[str] = []
        allows = other.allows
        other.allows = lambda request: visits.append(request.method) or allows(request)  # type: ignore[func-returns-value, method-assign]
        camera = RtspCamera(video(), login=login, moved=other.url())
        async with camera, pulled(tmp_path, camera) as ours:
            await ours.told("offline", "redirected")
            camera.moved = ""
            assert bright(await ours.picture()) > 2000
        assert visits == []


async def test_who_wants_the_password_itself_once_a_digest_was_promised_gets_none(tmp_path: Path) -> None:
    camera = RtspCamera(video(), login=LOGIN, scheme_then="Basic")
    async with camera, pulled(tmp_path, camera) as ours:
        await ours.told("offline", "login_unsafe")
        assert camera.refused == 0
        assert camera.played == 0


async def said_by(camera: Iterable[bytes], request: bytes, login: Login | None = None) -> tuple[bytes, bytes, Relay]:
    """(what came of a request by the relay, what the camera was asked, the relay) of one that answers so."""
    asked = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in camera:
            asked.extend(await reader.readuntil(b"\r\n\r\n"))
            writer.write(part)
        writer.close()

    server = await serve_streams(serve, "127.0.0.1")
    try:
        where = f"rtsp://127.0.0.1:{server.port}/a?b=c"
        async with asyncio.timeout(PATIENCE_S), relayed(where, login, None, PATIENCE_S) as relay:
            port = int(relay.url.split(":")[2].split("/")[0])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request.replace(b"URL", relay.url.encode()))
            came = await reader.read()
            writer.close()
            return came, bytes(asked).replace(where.encode(), b"CAMERA"), relay
    finally:
        await server.close()


async def test_a_request_is_asked_of_the_camera_and_its_answer_told_under_its_number() -> None:
    answer = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 3\r\n\r\nsdp$\0\0\2ab"
    came, asked, relay = await said_by([answer], b"DESCRIBE URL RTSP/1.0\r\nCSeq: 7\r\n\r\n")
    assert asked == b"DESCRIBE CAMERA RTSP/1.0\r\nCSeq: 1\r\n\r\n"
    assert came == answer.replace(b"CSeq: 1", b"CSeq: 7")
    assert relay.failure is None


async def test_a_challenge_is_answered_here_and_a_refusal_of_the_login_told_once() -> None:
    refusal = (
        b'RTSP/1.0 401 No\r\nCSeq: %d\r\nWWW-Authenticate: Digest realm="r", nonce="n"\r\nContent-Length: 2\r\n\r\nno'
    )
    came, asked, _ = await said_by(
        [refusal % 1, refusal % 2], b"DESCRIBE URL RTSP/1.0\r\nCSeq: 7\r\n\r\n", Login("ward", "s€cret")
    )
    assert asked.count(b"DESCRIBE CAMERA RTSP/1.0") == 2
    assert asked.count(b"Authorization: Digest ") == 1
    assert b"cret" not in asked
    assert came.startswith(b"RTSP/1.0 401 No\r\nCSeq: 7\r\n")
    assert came.count(b"401") == 1
    assert b"Digest" not in came, "libavformat would ask again"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"RTSP/1.0 301 Moved\r\nCSeq: 1\r\nLocation: rtsp://elsewhere/\r\n\r\n", Redirected),
        (b"REDIRECT rtsp://elsewhere/ RTSP/1.0\r\nCSeq: 9\r\n\r\n", Redirected),
        (b"HTTP/1.1 200 OK\r\n\r\n", NotRtsp),
        (b"x" * MAX_HEAD_BYTES, NotRtsp),
    ],
)
async def test_what_is_not_passed_on_ends_the_session(answer: bytes, expected: type[Exception]) -> None:
    came, _, relay = await said_by([answer], b"OPTIONS URL RTSP/1.0\r\nCSeq: 1\r\n\r\n")
    assert came == b""
    assert type(relay.failure) is expected


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b";source=192.0.2.7",
        b"; SOURCE=192.0.2.7",
        b";" + b" " * 9 + b"source =192.0.2.7",
        b";source=192.0.2.7;x=interleaved",
        b";source=192.0.2.7;source=192.0.2.8",
    ],
)
async def test_media_by_datagrams_is_said_to_come_from_the_camera(said: bytes) -> None:
    """Whatever it says itself: reports of what came would go there."""
    ways = b"RTP/AVP;unicast%b,RTP/AVP%b" % (said, said)
    answer = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nTransport : x\r\nTransport: %b\r\n\r\n" % ways
    came, _, _ = await said_by([answer], b"SETUP URL RTSP/1.0\r\nCSeq: 1\r\n\r\n")
    told = came.split(b"\r\nTransport:")[1].split(b"\r\n")[0]
    assert b"192.0.2" not in told
    assert [way.strip().split(b";")[:2] for way in told.split(b",")] == [[b"RTP/AVP", b"source=127.0.0.1"]] * 2


async def test_a_camera_that_says_two_ways_of_media_is_not_followed() -> None:
    """libavformat takes the last."""
    answer = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nTransport: RTP/AVP;unicast\r\nTransport: RTP/AVP;source=192.0.2.7\r\n\r\n"
    came, _, relay = await said_by([answer], b"SETUP URL RTSP/1.0\r\nCSeq: 1\r\n\r\n")
    assert came == b""
    assert type(relay.failure) is NotRtsp


async def test_a_camera_may_be_named_as_its_protocol() -> None:
    """Or as a part of it: its path is what follows its name, not what follows the first letters that are the same."""
    async with RtspCamera(video()) as camera:
        streams = await asyncio.open_connection("127.0.0.1", camera.port)
        relay = Relay("rtsp://rtsp/a?b", None, streams, secured=False)
        await relay.listen()
        assert relay.url.startswith("rtsp://127.0.0.1:")
        assert relay.url.partition("//")[2].partition("/")[2] == "a?b"
        await relay.close()


async def test_a_camera_that_finds_every_proof_stale_is_asked_a_few_times() -> None:
    refusal = b'RTSP/1.0 401 No\r\nCSeq: %d\r\nWWW-Authenticate: Digest realm="r", nonce="n", stale=TRUE\r\n\r\n'
    came, asked, _ = await said_by(
        [refusal % number for number in range(1, MOST_TRIES + 1)],
        b"DESCRIBE URL RTSP/1.0\r\nCSeq: 7\r\n\r\n",
        Login("ward", "secret"),
    )
    assert asked.count(b"DESCRIBE") == MOST_TRIES
    assert came.startswith(b"RTSP/1.0 401 No\r\nCSeq: 7\r\n")


async def test_nobody_but_the_first_is_let_in() -> None:
    async with RtspCamera(video()) as camera, relayed(camera.url(), None, None, PATIENCE_S) as relay:
        port = int(relay.url.split(":")[2].split("/")[0])
        _, writer = await asyncio.open_connection("127.0.0.1", port)

        async def shut() -> bool:
            try:
                reader, another = await asyncio.open_connection("127.0.0.1", port)
                ended = await reader.read() == b""
            except OSError:
                return True
            another.close()
            return ended

        assert await eventually(shut)
        writer.close()
