"""Real WHEP sessions: the pictures that come of them, and which state each misfortune is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web

from localsite.pki import Pki
from services.ingest.cameras import Camera
from services.ingest.frames.picture import Picture
from services.ingest.sources.whep import client
from services.runtime.errors import SettingsError
from services.runtime.stream_server import serve_streams
from tests.services.ingest.sources.pulling.running import CAMERA
from tests.services.ingest.sources.whep.pulled import TOKEN, pulled, served
from tests.support.waiting import PATIENCE_S, eventually
from tests.support.whep.camera import MOVED, PATH, SDP, Answer, WhepCamera

HEAD = b"HTTP/1.1 201 Created\r\nLocation: /s/1\r\nContent-Type: application/sdp\r\n"
UPPER = {"sight": {"drawn_on": "640x480", "masks": [[[0, 0], [1, 0], [1, 0.25], [0, 0.25]]]}}


@pytest.fixture(autouse=True)
def _an_end_has_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "DELETE_S", PATIENCE_S)


@pytest.fixture(autouse=True)
def _nothing_secret_is_said(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    yield
    said = (
        caplog.text + "".join(str(getattr(one, "fields", "")) for one in caplog.records) + "".join(capfd.readouterr())
    )
    assert TOKEN not in said
    assert PATH not in said


def luma(picture: Picture) -> np.ndarray:
    """[height, width]."""
    return np.frombuffer(picture.data, np.uint8, picture.width * picture.height).reshape(picture.height, -1)


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_pictures_without_what_is_masked_and_an_end_that_is_told(tmp_path: Path, pki: Pki, codec: str) -> None:
    async with WhepCamera(served(pki), TOKEN, codec) as camera:
        async with pulled(tmp_path, pki, camera.url(), TOKEN, UPPER) as ours:
            pictures = [luma(await ours.picture()) for _ in range(4)]
            await ours.told("live")
        (offer,) = camera.offers
        assert (camera.played, camera.ended, camera.refused) == (1, 1, 0)
    assert "a=recvonly" in offer
    assert "m=audio" not in offer
    for picture in pictures:
        assert picture.shape == (480, 640)
        assert (picture > 180).sum() > 2000
        assert not picture[:120].any(), "masked"


async def test_a_wrong_token_is_shown_once_and_another_at_once(tmp_path: Path, pki: Pki) -> None:
    async with WhepCamera(served(pki), "another") as camera, pulled(tmp_path, pki, camera.url(), TOKEN) as ours:
        await ours.told("offline", "token_refused")
        assert camera.refused == 1
        (ours.secrets / CAMERA).write_text("another\n")
        await ours.picture()
        assert camera.refused == 1


async def test_a_token_that_is_missing(tmp_path: Path, pki: Pki) -> None:
    async with WhepCamera(served(pki), TOKEN) as camera, pulled(tmp_path, pki, camera.url()) as ours:
        await ours.told("offline", "token_missing")
        (ours.secrets / CAMERA).write_text("two\nlines\n")
        await ours.told("offline", "token_unreadable")
        assert camera.played == 0


async def test_a_camera_that_reboots(tmp_path: Path, pki: Pki) -> None:
    async with WhepCamera(served(pki)) as camera, pulled(tmp_path, pki, camera.url()) as ours:
        await ours.told("live")
        await camera.crash()
        lost = await ours.told("offline", "connection_lost")
        away = await ours.told("offline", "unreachable")
        assert away.since == lost.since, "offline since it was lost, not since the last attempt"
        await camera.boot()
        await ours.told("live")
        assert camera.played == 2


async def test_a_camera_that_falls_silent(tmp_path: Path, pki: Pki) -> None:
    async with WhepCamera(served(pki)) as camera, pulled(tmp_path, pki, camera.url(), silence_s=1.0) as ours:
        await ours.told("live")
        camera.mute(True)
        await ours.told("offline", "silent")
        camera.mute(False)
        await ours.told("live")
        assert camera.ended >= 1, "the silent session was ended there too"


async def test_a_certificate_of_another_authority(tmp_path: Path, pki: Pki) -> None:
    other = pki.cert("bus_ingest")[2]
    async with WhepCamera(served(pki)) as camera, pulled(tmp_path, pki, camera.url(), TOKEN, ca=other) as ours:
        await ours.told("offline", "certificate_refused")
        assert camera.asked == 0


async def test_nothing_is_decoded_that_may_not_be(tmp_path: Path, pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = [False]
    monkeypatch.setattr(Camera, "may", lambda _: allowed[0])
    async with WhepCamera(served(pki)) as camera, pulled(tmp_path, pki, camera.url()) as ours:
        await ours.told("connecting")
        sent = camera.tracks[0].sent
        await eventually(lambda: asyncio.sleep(0, camera.tracks[0].sent > sent + 5))
        assert ours.camera.frames == 0
        allowed[0] = True
        await ours.told("live")
        assert camera.played == 1, "the session went on meanwhile"


def answers(status: int, text: str = "", kind: str = SDP, **headers: str) -> Answer:
    """Always so."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text, content_type=kind, headers=headers)

    return answer


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (answers(404), "stream_not_found"),
        (answers(406, "v=0\r\n"), "server_offers"),
        (answers(409), "not_live"),
        (answers(503), "request_refused"),
        (answers(200, "hello", "text/html"), "not_whep"),
        (answers(201, "hello", "text/html"), "not_whep"),
        (answers(201, ""), "answer_malformed"),
        (answers(201, "v=0\r\nhello\r\n"), "answer_malformed"),
        (answers(201, "v=0\r\n" + "a=x\r\n" * 20_000), "answer_malformed"),
    ],
)
async def test_other_answers(tmp_path: Path, pki: Pki, answer: Answer, reason: str) -> None:
    async with WhepCamera(served(pki), answer=answer) as camera, pulled(tmp_path, pki, camera.url()) as ours:
        await ours.told("offline", reason)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("a=sendonly", "a=inactive", "no_video"),
        ("m=video ", "m=video 0 UDP/TLS/RTP/SAVPF 97\r\na=x:", "no_video"),
        ("a=mid:0", "a=mid:7", "answer_malformed"),
        ("a=setup:active", "a=setup:actpass", "answer_malformed"),
        ("a=fingerprint:sha-256 ", "a=fingerprint:sha-256 zz", "answer_malformed"),
        ("a=ice-pwd:", "a=ice-pwd:0", "never_connected"),
    ],
)
async def test_answers_that_are_none_for_us(tmp_path: Path, pki: Pki, old: str, new: str, reason: str) -> None:
    camera = WhepCamera(served(pki), TOKEN)
    camera.changed = lambda text: text.replace("a=group:BUNDLE 0\r\n", "").replace(old, new)
    async with camera, pulled(tmp_path, pki, camera.url(), TOKEN, connect_s=2.0) as ours:
        await ours.told("offline", reason)
        await eventually(lambda: asyncio.sleep(0, camera.ended > 0))


async def test_redirects_are_followed_at_home_alone(tmp_path: Path, pki: Pki) -> None:
    (tmp_path / "b").mkdir()
    async with WhepCamera(served(pki)) as other, WhepCamera(served(pki)) as camera:
        camera.answer = answers(307, Location=other.url())
        async with pulled(tmp_path, pki, camera.url(), TOKEN) as ours:
            await ours.told("offline", "redirected")
        assert other.asked == 0, "another port is another origin, and the token is not for it"
    async with WhepCamera(served(pki)) as camera, pulled(tmp_path / "b", pki, camera.url(MOVED), TOKEN) as ours:
        await ours.told("live")


async def test_a_session_elsewhere_is_not_deleted_there(tmp_path: Path, pki: Pki) -> None:
    async with WhepCamera(served(pki)) as other, WhepCamera(served(pki), home=other.url("")) as camera:
        async with pulled(tmp_path, pki, camera.url(), TOKEN) as ours:
            await ours.told("live")
        assert (other.deletes, camera.deletes) == (0, 0), "the token is not for whoever the camera names"


@pytest.mark.parametrize("said", [b"", HEAD, HEAD + b"\r\nv=0\r\n"], ids=["nothing", "a head", "a body"])
async def test_an_answer_that_does_not_come(tmp_path: Path, pki: Pki, said: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            writer.write(said)
            await reader.read()
        writer.transport.abort()

    server = await serve_streams(serve, "localhost", ssl=served(pki))
    url = f"https://localhost:{server.port}{PATH}"
    async with pulled(tmp_path, pki, url, TOKEN, connect_s=0.3) as ours:
        await ours.told("offline", "silent")
    await server.close()


async def test_ports_that_are_not_enough(tmp_path: Path, pki: Pki) -> None:
    async with WhepCamera(served(pki)) as camera:
        with pytest.raises(SettingsError, match="MEDIA_PORTS"):
            async with pulled(tmp_path, pki, camera.url(), ports=0):
                pass
