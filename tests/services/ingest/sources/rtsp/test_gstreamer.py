"""Against a server that others wrote: GStreamer's. Pictures by every transport and codec; each misfortune's state."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from services.ingest.frames.picture import Picture
from tests.services.ingest.sources.rtsp.pulled import CAMERA, LOGIN, Pulled, pulled, video
from tests.services.ingest.videos import bright, drawn
from tests.support.rtsp.coded import Codec, encode, nal_type
from tests.support.rtsp.gstreamer import GstreamerCamera
from tests.support.waiting import eventually


def above(picture: Picture) -> int:
    """Pixels of the square in the half that it never comes to."""
    luma = np.frombuffer(picture.data, np.uint8, picture.width * picture.height)
    return int((luma[: luma.size // 2] > 180).sum())


async def sized(ours: Pulled, width: int, height: int) -> Picture:
    """The next picture of that size."""

    async def there() -> Picture | None:
        picture = await ours.picture()
        return picture if (picture.width, picture.height) == (width, height) else None

    found = await eventually(there)
    assert found is not None
    return found


@pytest.mark.parametrize(("codec", "transport"), list(itertools.product(("H264", "H265"), ("tcp", "udp"))))
async def test_pictures_after_a_digest(tmp_path: Path, codec: Codec, transport: str) -> None:
    with GstreamerCamera(tmp_path, video(codec), LOGIN, transport) as camera:
        async with pulled(tmp_path, camera, transport) as ours:
            pictures = [await ours.picture() for _ in range(4)]
            await ours.told("live")
    assert {(one.width, one.height) for one in pictures} == {(640, 480)}
    assert min(map(bright, pictures)) > 2000
    assert camera.played == 1 or transport == "udp"  # which may lose key pictures, and then is asked for anew


async def test_parameter_sets_before_every_slice_of_a_key_picture(tmp_path: Path) -> None:
    """libavformat then gives each of its slices as a picture; what is published shows the room, whole."""
    sliced = encode((drawn(number, 640, 480) for number in range(30)), "H264", slices=4)
    assert sum(nal_type("H264", nal) == 5 for nal in sliced.units[0]) == 4
    with GstreamerCamera(tmp_path, sliced, payloading="config-interval=-1") as camera:
        async with pulled(tmp_path, camera) as ours:
            pictures = [await ours.picture() for _ in range(12)]
    assert min(map(bright, pictures)) > 2000
    assert max(map(above, pictures)) == 0


async def test_a_wrong_password_and_then_the_right_one(tmp_path: Path) -> None:
    with GstreamerCamera(tmp_path, video(), ("veilward", "another")) as camera:
        async with pulled(tmp_path, camera) as ours:
            await ours.told("offline", "login_refused")
            assert camera.played == 0
            (ours.secrets / CAMERA).write_text("veilward\nanother\n")
            assert bright(await ours.picture()) > 2000


async def test_a_login_that_is_missing(tmp_path: Path) -> None:
    with GstreamerCamera(tmp_path, video(), LOGIN) as camera:
        async with pulled(tmp_path, camera) as ours:
            await ours.told("live")
            (ours.secrets / CAMERA).unlink()
            camera.crash()
            camera.boot()
            await ours.told("offline", "login_missing")


async def test_no_such_transport_is_a_refusal(tmp_path: Path) -> None:
    with GstreamerCamera(tmp_path, video(), transport="udp") as camera:
        async with pulled(tmp_path, camera, "tcp") as ours:
            await ours.told("offline", "request_refused")


async def test_a_camera_that_reboots(tmp_path: Path) -> None:
    with GstreamerCamera(tmp_path, video()) as camera:
        async with pulled(tmp_path, camera) as ours:
            await ours.told("live")
            camera.crash()
            lost = await ours.told("offline", "connection_lost")
            away = await ours.told("offline", "unreachable")
            assert away.since == lost.since, "offline since it was lost, not since the last attempt"
            camera.boot()
            await ours.told("live")


async def test_a_camera_that_changes_its_resolution(tmp_path: Path) -> None:
    with GstreamerCamera(tmp_path, video()) as camera:
        async with pulled(tmp_path, camera) as ours:
            await sized(ours, 640, 480)
            camera.show(video(size=(320, 240)))
            assert bright(await sized(ours, 320, 240)) > 2000
            assert camera.played == 1, "the session went on"


async def test_a_camera_that_freezes(tmp_path: Path) -> None:
    with GstreamerCamera(tmp_path, video()) as camera:
        async with pulled(tmp_path, camera, silence_s=2.0, connect_s=2.0) as ours:
            await ours.told("live")
            camera.freeze()
            await ours.told("stalled")
            await ours.told("offline", "silent")
            camera.thaw()
            await ours.told("live")
