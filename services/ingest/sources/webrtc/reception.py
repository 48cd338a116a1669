"""One WebRTC connection over which video comes: whoever offers, its frames are decoded as few as are wanted.

The only module that touches aiortc's connection, in which `video/` receives the video. Audio is never decoded: aiortc
starts a decoder only for a transceiver whose current direction receives, and none but video's does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Literal

from aiortc import RTCPeerConnection, RTCRtpTransceiver, RTCSessionDescription
from aiortc.exceptions import OperationError

from services.ingest.frames.decoded import DecodedFrame
from services.ingest.sources.webrtc.errors import MalformedDescription, UnservedDescription
from services.ingest.sources.webrtc.sending import Sending
from services.ingest.sources.webrtc.sending_text import render_sending
from services.ingest.sources.webrtc.video.receiver import Decided, VideoReceiver, take_place
from services.ingest.sources.webrtc.video.told_sets import told_sets
from services.runtime.clock import Clock, SystemClock
from services.runtime.ice import host_only
from services.runtime.logging import get_logger, log_event

CLOSE_TIMEOUT_S = 5.0
CODECS = {
    "video": "VP8, or H.264 (constrained) baseline with packetization-mode=1",
    "audio": "Opus, PCMU or PCMA",
}

_log = get_logger("ingest")


@dataclass(frozen=True)
class Gate:
    """may: whether video may be decoded now, from any thread. withheld: told of every packet that may not."""

    may: Callable[[], bool] = lambda: True
    withheld: Callable[[], None] = lambda: None


OPEN = Gate()


class Reception:
    """One connection. `ended` is called once when the peer or the network ends it."""

    def __init__(
        self, ended: Callable[[str], None], period_s: float = 1.0, clock: Clock | None = None, gate: Gate = OPEN
    ) -> None:
        """period_s: about one decoded picture a period is wanted. gate: whether any may be decoded."""
        self._gate = gate
        self._period_s, self._clock = period_s, clock or SystemClock()
        self._receiver: VideoReceiver | None = None
        self._sets: dict[int, tuple[bytes, ...]] = {}
        """Parameter sets that the peer's description has, once it is heard."""
        self._connection = RTCPeerConnection(host_only())
        self._connection.on("connectionstatechange", self._changed)
        self._ended = ended
        self._closing = False

    @property
    def connected(self) -> bool:
        """Whether ICE and DTLS are up."""
        return bool(self._connection.connectionState == "connected")

    @property
    def video_packets(self) -> int:
        """RTP packets of the video track received so far."""
        return 0 if self._receiver is None else self._receiver.packets

    async def frames(self) -> AsyncIterator[DecodedFrame]:
        """About one decoded frame a period, until the track ends. Call it once both descriptions are there."""
        if self._receiver is not None:
            async for frame in self._receiver.frames():
                yield frame
                del frame  # not to be held while the next one is awaited

    async def close(self) -> None:
        """Free ICE and DTLS; the peer sees DTLS's closure."""
        self._closing = True
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._connection.close()
        except TimeoutError:
            log_event(_log, "peer_close_timeout", logging.WARNING)

    async def _hear(self, sending: Sending, kind: Literal["offer", "answer"]) -> None:
        """Apply the peer's description.

        Raises:
            MalformedDescription: the WebRTC stack cannot read it.
            UnservedDescription: no codec in common.
        """
        try:
            await self._connection.setRemoteDescription(RTCSessionDescription(sdp=render_sending(sending), type=kind))
        except OperationError as error:
            media = "audio" if "audio" in str(error) else "video"
            raise UnservedDescription(f"no {media} codec in common: {CODECS[media]}, is needed") from None
        except Exception as error:  # the stack's parser raises whatever a hostile text leads it to
            log_event(_log, f"{kind}_unreadable", kind=type(error).__name__)
            raise MalformedDescription(f"the {kind} cannot be read") from None
        for section in sending.sections:
            self._sets |= told_sets(section)

    def _receive(self, video: RTCRtpTransceiver) -> None:
        """Let `video/` receive what comes for this transceiver, which has not begun."""
        decided = Decided(self._behind, self._gate.may, self._gate.withheld)
        self._receiver = take_place(video, self._period_s, decided, self._clock, self._sets)

    def _behind(self) -> None:
        if not self._closing:
            self._closing = True
            self._ended("overloaded")

    def _changed(self) -> None:
        state = self._connection.connectionState
        if state in ("failed", "closed") and not self._closing:
            self._closing = True
            self._ended("connection_failed" if state == "failed" else "peer_closed")
