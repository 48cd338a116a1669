"""What a session with a camera needs, from its first question to its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from services.ingest.frames.decoded import DecodedFrame
from services.ingest.sources.rtsp.options import RtspOptions
from services.runtime.clock import Clock
from services.site.records import Rtsp


@dataclass(frozen=True)
class Session:
    """where: libavformat's way to the camera. stop: ends it at the next packet. opened: called once it plays.

    leave: takes each frame.
    may: whether anything may be decoded now. withheld: told of every packet that may not.
    """

    where: Rtsp = field(repr=False)
    options: RtspOptions
    clock: Clock
    stop: threading.Event
    opened: Callable[[], None]
    leave: Callable[[DecodedFrame], None]
    may: Callable[[], bool] = lambda: True
    withheld: Callable[[], None] = lambda: None
