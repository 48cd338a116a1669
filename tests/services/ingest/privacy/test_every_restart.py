"""From a camera's stream to the room's crops: what a mask covers is black in all of them, after every restart.

What is masked is painted in a colour that nothing else in the picture has, so that a single pixel of it is seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from localsite.nats_pair import NatsPair
from localsite.service import Service
from localsite.site_file import write_site
from services.bus.messages import CropMessage, FrameMessage
from services.bus.subjects import DURABLE_SNNI_CLIENT, STREAM_CROPS
from tests.services.ingest.bus_frames import listening, luma
from tests.services.ingest.process import SITE, IngestProcess
from tests.services.keyframe.pictures import turned
from tests.support.rtsp.camera import RtspCamera
from tests.support.rtsp.coded import Coded, encode
from tests.support.waiting import eventually

CAMERA, CROP = "masked-1", "224x224x3-close"
SIZE = (640, 480)
NARROW, BROAD = 0.57, 0.55
"""Where masks begin, of the picture's width: both within the square about the face, which is at its middle."""
PAINTED = 0.575
"""From where on the picture is of the colour: an encoder blurs it over the neighbouring blocks, not over the mask."""
COLOUR = (0, 255, 0)
STRANGE = 60
"""By so much green passes red and blue in the colour and, as a picture without it shows, nowhere else."""
FRAMES, CROPS = 3, 1
"""To come after each restart."""


def scene() -> np.ndarray:
    """A face in the middle, the colour right of it: uint8 [480, 640, 3]."""
    picture = turned(0).copy()
    picture[:, int(PAINTED * SIZE[0]) :] = COLOUR
    return picture


def video() -> Coded:
    """Two seconds of it; a flickering corner makes pictures differ."""
    pictures = [scene() for _ in range(30)]
    for number, picture in enumerate(pictures):
        picture[:40, :40] = 20 + 200 * (number // 5 % 2)
    return encode(iter(pictures), "H264")


def strangest(rgb: np.ndarray) -> int:
    """By how much green passes red and blue at most."""
    red, green, blue = (rgb[..., channel].astype(int) for channel in range(3))
    return int((green - np.maximum(red, blue)).max())


def of_frame(message: FrameMessage) -> np.ndarray:
    """uint8 [h, w, 3]."""
    planes = np.frombuffer(message.data, np.uint8).reshape(message.height * 3 // 2, message.width)
    return cv2.cvtColor(planes, cv2.COLOR_YUV2RGB_I420)


def of_crop(message: CropMessage) -> np.ndarray:
    """uint8 [224, 224, 3]."""
    return np.frombuffer(message.data, np.uint8).reshape(message.height, message.width, 3)


def entry(url: str, begins: float) -> dict[str, object]:
    """The camera's in the site file."""
    mask = [[begins, 0], [1, 0], [1, 1], [begins, 1]]
    return {"rtsp": {"url": url}, "crop": CROP, "sight": {"drawn_on": "640x480", "masks": [mask]}}


@dataclass
class Seen:
    """Everything that the camera's room got so far."""

    frames: list[FrameMessage]
    crops: list[CropMessage]

    async def more(self) -> None:
        """Wait for what comes from now on; what is on its way already counts for nothing."""
        frames, crops = len(self.frames) + FRAMES, len(self.crops) + CROPS

        async def there() -> bool:
            return len(self.frames) >= frames and len(self.crops) >= crops

        await eventually(there)


@asynccontextmanager
async def watching(pair: NatsPair) -> AsyncIterator[Seen]:
    """As the services that get frames and crops."""
    async with AsyncExitStack() as stack:
        seen = Seen(await stack.enter_async_context(listening(pair, CAMERA)), [])
        client = await stack.enter_async_context(pair.bus("snni_client"))

        async def collect() -> None:
            async with aclosing(client.work(STREAM_CROPS, DURABLE_SNNI_CLIENT, ack_wait_s=30)) as deliveries:  # type: ignore[type-var]
                async for delivery in deliveries:
                    await delivery.ack()
                    assert isinstance(delivery.message, CropMessage)
                    seen.crops.append(delivery.message)

        task = asyncio.create_task(collect())
        try:
            yield seen
        finally:
            task.cancel()


async def test_no_pixel_of_a_masked_part_is_in_any_frame_or_crop(fresh_pair: NatsPair, tmp_path: Path) -> None:
    assert strangest(scene()) > 4 * STRANGE > strangest(turned(0)) * 4, "the test could not see the colour"
    await fresh_pair.provision()
    async with RtspCamera(video()) as camera, watching(fresh_pair) as seen:
        narrow, broad = entry(camera.url(), NARROW), entry(camera.url(), BROAD)
        ingest = IngestProcess(
            tmp_path, fresh_pair, (CAMERA,), {CAMERA: narrow}, sample_period_s=0.5, rtsp_retry_first_s=0.1
        )
        own = {"site_file": tmp_path / "site.yaml", "period_s": 1.0, "max_silence_s": 1.0, "retry_s": 0.0}
        keyframe = Service("keyframe", fresh_pair.connection("keyframe") | own, tmp_path)
        with ingest.start(), keyframe.start():
            await seen.more()
            await camera.crash()
            await camera.boot()
            await seen.more()
            ingest.kill()
            ingest.start()
            await seen.more()
            fresh_pair.restart_leaf()
            await seen.more()
            keyframe.kill()
            keyframe.start()
            await seen.more()
            before = {one.envelope.producer for one in seen.frames}
            write_site(tmp_path / "site.yaml", (CAMERA,), SITE, more={CAMERA: broad})
            for process in (ingest, keyframe):
                process.kill()
                process.start()
            await seen.more()
            await seen.more()
    after = [one for one in seen.frames if one.envelope.producer not in before]
    assert len(after) >= FRAMES
    for message in seen.frames:
        begins = NARROW if message.envelope.producer in before else BROAD
        assert (luma(message)[:, int(begins * SIZE[0]) :] == 0).all()
    assert max(strangest(of_frame(one)) for one in seen.frames) < STRANGE
    assert max(strangest(of_crop(one)) for one in seen.crops) < STRANGE
    assert all((of_crop(one)[:, -4:] == 0).all() for one in seen.crops), "the mask reaches into the face's square"
