"""Real RTSP sessions: the pictures that come of them, and which state each misfortune is."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from localsite.pki import Pki
from services.ingest.frames.picture import Picture
from services.runtime.errors import SettingsError
from services.runtime.stream_server import serve_streams
from tests.services.ingest.sources.rtsp.pulled import CAMERA, LOGIN, PASSWORD, pulled, video
from tests.services.ingest.videos import bright
from tests.support.rtsp.camera import RtspCamera
from tests.support.rtsp.coded import Codec, Coded
from tests.support.waiting import eventually


@pytest.fixture(autouse=True)
def _nothing_secret_is_said(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Neither by the log nor by libavformat itself, whatever happened."""
    yield
    said = (
        caplog.text + "".join(str(getattr(one, "fields", "")) for one in caplog.records) + "".join(capfd.readouterr())
    )
    assert PASSWORD not in said
    assert "rtsp://" not in said


def served(pki: Pki) -> ssl.SSLContext:
    """TLS as the camera's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pki.cert("ingest_web")[:2])
    return context


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("codec", ["H264", "H265"])
async def test_pictures(tmp_path: Path, codec: Codec, transport: str) -> None:
    async with RtspCamera(video(codec), login=LOGIN) as camera, pulled(tmp_path, camera, transport) as ours:
        pictures = [await ours.picture() for _ in range(4)]
        await ours.told("live")
        assert camera.refused == 0
        assert [("TCP" in one) for one in camera.transports] == [transport == "tcp"]
    assert {(one.width, one.height) for one in pictures} == {(640, 480)}
    assert min(map(bright, pictures)) > 2000


async def test_over_tls_any_login_is_safe(tmp_path: Path, pki: Pki) -> None:
    camera = RtspCamera(video(), login=LOGIN, scheme="Basic", tls=served(pki))
    async with camera, pulled(tmp_path, camera, ca=pki.cert("ingest_web")[2]) as ours:
        assert bright(await ours.picture()) > 2000


async def test_a_certificate_of_another_authority(tmp_path: Path, pki: Pki) -> None:
    camera = RtspCamera(video(), login=LOGIN, tls=served(pki))
    async with camera, pulled(tmp_path, camera, ca=pki.cert("bus_ingest")[2]) as ours:
        await ours.told("offline", "certificate_refused")
        assert camera.played == 0


async def test_tls_needs_an_authority(tmp_path: Path, pki: Pki) -> None:
    async with RtspCamera(video(), tls=served(pki)) as camera:
        with pytest.raises(SettingsError, match="RTSP_CA"):
            async with pulled(tmp_path, camera):
                pass


async def test_a_wrong_password_is_tried_once_and_another_at_once(tmp_path: Path) -> None:
    camera = RtspCamera(video(), login=("veilward", "another"))
    async with camera, pulled(tmp_path, camera) as ours:
        await ours.told("offline", "login_refused")
        assert camera.refused == 1, "cameras lock out who tries again and again"
        (ours.secrets / CAMERA).write_text("veilward\nanother\n")
        assert bright(await ours.picture()) > 2000
        assert camera.refused == 1


async def test_a_login_that_is_missing(tmp_path: Path) -> None:
    async with RtspCamera(video(), login=LOGIN) as camera, pulled(tmp_path, camera) as ours:
        await ours.told("live")
        (ours.secrets / CAMERA).unlink()
        await camera.crash()
        await camera.boot()
        await ours.told("offline", "login_missing")


async def test_a_password_never_crosses_in_the_clear(tmp_path: Path) -> None:
    async with RtspCamera(video(), login=LOGIN, scheme="Basic") as camera, pulled(tmp_path, camera) as ours:
        await ours.told("offline", "login_unsafe")
        assert camera.refused == 0
        assert camera.played == 0


@pytest.mark.parametrize("algorithms", [("SHA-256", "MD5"), ("MD5", "SHA-256")])
async def test_a_camera_that_knows_another_digest_than_md5_too(tmp_path: Path, algorithms: tuple[str, ...]) -> None:
    camera = RtspCamera(video(), login=LOGIN, algorithms=algorithms)
    async with camera, pulled(tmp_path, camera) as ours:
        assert bright(await ours.picture()) > 2000
        assert camera.refused == 0


async def test_a_camera_whose_digest_cannot_be_made(tmp_path: Path) -> None:
    async with RtspCamera(video(), login=LOGIN, algorithms=("SHA-256",)) as camera, pulled(tmp_path, camera) as ours:
        await ours.told("offline", "login_unsupported")
        assert camera.played == 0


async def test_a_camera_that_reboots(tmp_path: Path) -> None:
    async with RtspCamera(video()) as camera, pulled(tmp_path, camera) as ours:
        await ours.told("live")
        await camera.crash()
        lost = await ours.told("offline", "connection_lost")
        away = await ours.told("offline", "unreachable")
        assert away.since == lost.since, "offline since it was lost, not since the last attempt"
        await camera.boot()
        await ours.told("live")
        assert camera.played == 2


async def test_a_camera_that_changes_its_resolution(tmp_path: Path) -> None:
    async with RtspCamera(video()) as camera, pulled(tmp_path, camera) as ours:
        assert (await ours.picture()).width == 640
        camera.video = video(size=(320, 240))

        async def smaller() -> Picture | None:
            picture = await ours.picture()
            return picture if (picture.width, picture.height) == (320, 240) else None

        found = await eventually(smaller)
        assert found is not None
        assert bright(found) > 2000
        assert camera.played == 1, "the session went on"


async def test_a_camera_that_falls_silent(tmp_path: Path) -> None:
    async with RtspCamera(video()) as camera, pulled(tmp_path, camera, silence_s=2.0) as ours:
        await ours.told("live")
        camera.muted = True
        await ours.told("stalled")
        await ours.told("offline", "silent")
        camera.muted = False
        await ours.told("live")


@pytest.mark.parametrize(
    ("media", "reason"), [("m=video 0 RTP/AVP 26\r\n", "unsupported_codec"), ("m=audio 0 RTP/AVP 0\r\n", "no_video")]
)
async def test_streams_that_are_none_for_us(tmp_path: Path, media: str, reason: str) -> None:
    async with RtspCamera(video(), media=media) as camera, pulled(tmp_path, camera, connect_s=2.0) as ours:
        await ours.told("offline", reason)


async def test_packets_that_are_no_video(tmp_path: Path) -> None:
    broken = Coded("H264", 15, tuple((b"\x65" + bytes([number]) * 40,) for number in range(30)))
    async with RtspCamera(broken) as camera, pulled(tmp_path, camera, silence_s=1.0) as ours:
        await ours.told("offline", "undecodable")


GREETING = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"
ENDLESS = b"X-More: " + b"x" * 1000 + b"\r\n"
LARGE = b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 2000000000\r\n\r\n"
NOT_RTSP = ("headers without end", "a line without end", "packets, unasked")
HOSTILE: dict[str, Callable[[], Iterable[bytes]]] = {
    "headers without end": lambda: itertools.chain([b"RTSP/1.0 200 OK\r\n"], itertools.repeat(ENDLESS)),
    "a line without end": lambda: itertools.repeat(b"x" * 1000),
    "a body that never ends": lambda: itertools.chain([LARGE], itertools.repeat(b"v", 1000)),
    "packets, unasked": lambda: itertools.repeat(b"$\0\0\4abcd" * 100),
    "silence": lambda: [],
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_who_is_friendly_once_and_then_hostile(tmp_path: Path, kind: str) -> None:
    """It is given up in time, and the source can be ended."""
    visitors = itertools.count()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if next(visitors) % 2 == 0:
                writer.write(GREETING)
            else:
                for part in HOSTILE[kind]():
                    writer.write(part)
                    await writer.drain()
            await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()

    server = await serve_streams(serve, "127.0.0.1")
    camera = RtspCamera(video(), port=server.port)
    try:
        async with pulled(tmp_path, camera, connect_s=0.5, silence_s=0.5) as ours:
            await ours.told("offline", "not_rtsp" if kind in NOT_RTSP else "silent")
    finally:
        await server.close()


async def test_truncated_packets(tmp_path: Path) -> None:
    """Every third picture's packets end early: those between still come."""
    units = tuple(
        tuple(nal[: len(nal) // 2] if number % 3 == 1 else nal for nal in unit)
        for number, unit in enumerate(video().units)
    )
    async with RtspCamera(Coded("H264", 15, units)) as camera, pulled(tmp_path, camera) as ours:
        for _ in range(4):
            assert (await ours.picture()).width == 640
