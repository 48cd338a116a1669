"""The newest picture of each camera, as it is published, for the set-up page alone; none is held while that is off."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import av
import numpy as np

from services.ingest.frames.picture import Picture
from services.ingest.setup_page.switch import Switch


class Viewfinder:
    """Fed by the pipeline with pictures that are masked already; a closed shutter gives none."""

    def __init__(self, switch: Switch, seen: Callable[[str], bool] = lambda _: True) -> None:
        """seen: whether a camera is live, and may be shown."""
        self._switch, self._seen = switch, seen
        self._newest: dict[str, Picture] = {}

    def show(self, camera: str, picture: Picture) -> None:
        """Hold the picture in place of the camera's last one, while the page is on."""
        if self._switch.on:
            self._newest[camera] = picture
        else:
            self._newest.clear()

    def picture(self, camera: str) -> Picture | None:
        """The camera's newest one."""
        return self._newest.get(camera)

    def forget(self, camera: str) -> None:
        """Hold no picture of the camera."""
        self._newest.pop(camera, None)

    async def sweep(self) -> None:
        """Forget all once the page is off, and a camera that is not to be seen any more."""
        if not self._switch.on:
            self._newest.clear()
        for camera in [one for one in self._newest if not self._seen(one)]:
            self.forget(camera)


def jpeg(picture: Picture) -> bytes:
    """The picture as a JPEG (baseline, full range)."""
    planes = np.frombuffer(picture.data, np.uint8).reshape(picture.height * 3 // 2, picture.width)
    frame = av.VideoFrame.from_ndarray(planes, format="yuv420p").reformat(format="yuvj420p", dst_color_range="JPEG")
    coder = av.VideoCodecContext.create("mjpeg", "w")
    coder.width, coder.height, coder.pix_fmt = picture.width, picture.height, "yuvj420p"
    coder.time_base = Fraction(1, 1)
    frame.pts, frame.time_base = 0, Fraction(1, 1)
    return b"".join(bytes(packet) for packet in [*coder.encode(frame), *coder.encode(None)])
