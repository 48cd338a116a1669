"""This machine's own camera, by libavdevice: its pictures as they come, in a thread; nothing of them is kept.

A device is named as the system names it (`/dev/video0`), or with the input's format before it: `v4l2:/dev/video2`,
`avfoundation:0`, `lavfi:testsrc,realtime` (a drawn one).
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import time
from fractions import Fraction

import av
from aiortc import MediaStreamError, MediaStreamTrack

from video.display import displayed
from video.errors import VideoError

CLOCK_HZ = 90_000
LONG_SIDE_PX = 640
OPEN_S, SILENT_S = 10.0, 10.0
FORMATS = {"v4l2": "video4linux2", "avfoundation": "avfoundation", "dshow": "dshow", "lavfi": "lavfi"}
USUAL = {"linux": "v4l2:/dev/video0", "darwin": "avfoundation:0"}
ASKED = {"video4linux2": {"video_size": "640x480"}, "avfoundation": {"framerate": "30", "video_size": "640x480"}}
"""What the devices are asked for; one that cannot is opened as it is."""


class DeviceError(RuntimeError):
    """The camera cannot be opened, or has stopped; says what to look at."""


def input_of(device: str) -> tuple[str, str]:
    """(libavdevice's format, its name of the device); the usual camera for an empty one. Raises DeviceError."""
    device = device or USUAL.get(sys.platform, "")
    if not device:
        raise DeviceError("name the camera: FORMAT:DEVICE")
    kind, _, name = device.partition(":")
    if kind in FORMATS and name:
        return FORMATS[kind], name
    return FORMATS["avfoundation" if sys.platform == "darwin" else "v4l2"], device


def opened(device: str) -> av.container.InputContainer:
    """The device, open. Raises DeviceError."""
    kind, name = input_of(device)
    problem = "unknown"
    for options in (ASKED.get(kind, {}), {}):
        try:
            container = av.open(name, format=kind, options=options, timeout=(OPEN_S, SILENT_S))
        except (av.FFmpegError, OSError, ValueError) as error:
            problem = getattr(error, "strerror", None) or type(error).__name__
            continue
        if isinstance(container, av.container.InputContainer) and container.streams.video:
            return container
        container.close()
        problem = "no video"
    raise DeviceError(f"the camera {name} cannot be opened ({problem}): is it plugged in, free, and yours to use?")


class DeviceTrack(MediaStreamTrack):  # type: ignore[misc]  # aiortc says nothing of its types
    """The device's newest picture whenever one is asked for. `finished` is set when it stops; `frames`: given out."""

    kind = "video"

    def __init__(self, device: str, fps: float) -> None:
        """Opens the device. Raises DeviceError."""
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._period_s = 1 / fps
        self._container = opened(device)
        self._stop = threading.Event()
        self._newest: av.VideoFrame | None = None
        self._came = asyncio.Event()
        self._started = time.monotonic()
        self._due = 0.0
        self.frames = 0
        self.finished = asyncio.Event()
        threading.Thread(target=self._read, name="camera", daemon=True).start()

    async def recv(self) -> av.VideoFrame:
        """The next picture. Raises MediaStreamError once the device has stopped."""
        while self._newest is None:
            if self.finished.is_set():
                raise MediaStreamError
            await self._came.wait()
            self._came.clear()
        frame, self._newest = self._newest, None
        frame.pts, frame.time_base = int((time.monotonic() - self._started) * CLOCK_HZ), Fraction(1, CLOCK_HZ)
        self.frames += 1
        return frame

    def stop(self) -> None:
        """Let go of the device, with its next picture."""
        super().stop()
        self._stop.set()

    def _read(self) -> None:
        with contextlib.suppress(av.FFmpegError, OSError, VideoError), self._container as container:
            for picture in container.decode(video=0):
                now = time.monotonic()
                if self._stop.is_set():
                    break
                if now >= self._due:
                    self._due = max(self._due + self._period_s, now)
                    self._tell(displayed(picture, LONG_SIDE_PX))
        self._tell(None)

    def _tell(self, picture: av.VideoFrame | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(self._put, picture)

    def _put(self, picture: av.VideoFrame | None) -> None:
        if picture is None:
            self.finished.set()
        else:
            self._newest = picture
        self._came.set()
