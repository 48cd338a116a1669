"""The RTSP source with a camera of the test's own, in the test's loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from services.ingest.sources.rtsp.options import RtspOptions
from services.ingest.sources.rtsp.source import rtsp_pullers
from tests.services.ingest.sources.pulling.running import CAMERA, PERIOD_S, Pulled, running
from tests.services.ingest.videos import drawn
from tests.support.rtsp.camera import RtspCamera
from tests.support.rtsp.coded import Codec, Coded, encode

__all__ = ["CAMERA", "LOGIN", "PASSWORD", "pulled", "video"]
PASSWORD = "9c2e-not-to-be-seen"
LOGIN = ("veilward", PASSWORD)
SOON = {"retry_first_s": 0.1, "retry_limit_s": 0.2, "sample_period_s": PERIOD_S}


@cache
def video(codec: Codec = "H264", size: tuple[int, int] = (640, 480)) -> Coded:
    """Two seconds, again and again: a bright square on grey."""
    return encode((drawn(number, *size) for number in range(30)), codec)


@asynccontextmanager
async def pulled(
    directory: Path, camera: RtspCamera, transport: str = "tcp", **options: object
) -> AsyncIterator[Pulled]:
    """The source, running. camera: its login, where it wants one, lies in the folder as LOGIN."""
    told = RtspOptions(**{"logins": directory / "secrets"} | SOON | options)
    entry = {"rtsp": {"url": camera.url(), "transport": transport}}
    login = None if camera.login is None else "\n".join(LOGIN)
    async with running(directory, entry, lambda *among: rtsp_pullers(told, *among), login) as ours:
        yield ours
