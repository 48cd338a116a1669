"""The media side of one session: answers an offer once, yields decoded video frames, never decodes audio.

The only module that touches aiortc's connection, in which `video/` receives the video. The answer says recvonly for
both sections (RFC 9725 forbids refusing the audio section alone). aiortc starts a decoder only for a transceiver whose
current direction receives; audio's is set to inactive between writing the answer and applying it, so its packets are
discarded before any payload is read.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from aiortc import (
    RTCIceCandidate,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.exceptions import OperationError

from services.ingest.frames.decoded import DecodedFrame
from services.ingest.sources.whip.candidates import MAX_CANDIDATES, Candidate
from services.ingest.sources.whip.errors import MalformedBody, Unacceptable
from services.ingest.sources.whip.offer import Offer
from services.ingest.sources.whip.offer_text import render_offer
from services.ingest.sources.whip.video.receiver import Decided, VideoReceiver, take_place
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


class Peer:
    """One WebRTC connection. `ended` is called once when the peer or the network ends it."""

    def __init__(
        self,
        offer: Offer,
        ended: Callable[[str], None],
        period_s: float = 1.0,
        clock: Clock | None = None,
        gate: Gate = OPEN,
    ) -> None:
        """period_s: about one decoded picture a period is wanted. gate: whether any may be decoded."""
        self._gate = gate
        self._offer = offer
        self._period_s, self._clock = period_s, clock or SystemClock()
        self._receiver: VideoReceiver | None = None
        self._connection = RTCPeerConnection(host_only())
        self._ended = ended
        self._closing = False
        self._candidates_left = MAX_CANDIDATES - len(offer.candidates)

    async def answer(self) -> str:
        """The SDP answer with every candidate of this side.

        Raises:
            MalformedBody: the WebRTC stack cannot read the offer.
            Unacceptable: no codec in common.
        """
        connection = self._connection
        connection.on("connectionstatechange", self._changed)
        offer = RTCSessionDescription(sdp=render_offer(self._offer), type="offer")
        try:
            await connection.setRemoteDescription(offer)
        except OperationError as error:
            kind = "audio" if "audio" in str(error) else "video"
            raise Unacceptable(f"no {kind} codec in common: {CODECS[kind]}, is needed") from None
        except Exception as error:  # the stack's parser raises whatever a hostile text leads it to
            log_event(_log, "offer_unreadable", kind=type(error).__name__)
            raise MalformedBody("the offer cannot be read") from None
        video = next(one for one in connection.getTransceivers() if one.kind == "video")
        decided = Decided(self._behind, self._gate.may, self._gate.withheld)
        self._receiver = take_place(video, self._period_s, decided, self._clock)
        answer = await connection.createAnswer()
        for transceiver in connection.getTransceivers():
            if transceiver.kind == "audio":
                transceiver.direction = "inactive"
        await connection.setLocalDescription(answer)
        return str(connection.localDescription.sdp)

    async def add_candidates(self, found: tuple[tuple[str, Candidate], ...]) -> None:
        """Add trickled candidates of known media sections, up to a bound; others are dropped (RFC 9725, 4.3.1)."""
        for mid, one in found:
            if mid not in self._offer.mids or self._candidates_left <= 0:
                continue
            self._candidates_left -= 1
            candidate = RTCIceCandidate(
                component=1,
                foundation=one.foundation,
                ip=one.address,
                port=one.port,
                priority=one.priority,
                protocol="udp",
                type=one.kind,
                sdpMid=self._offer.bundle[0],
            )
            await self._connection.addIceCandidate(candidate)

    @property
    def connected(self) -> bool:
        """Whether ICE and DTLS are up."""
        return bool(self._connection.connectionState == "connected")

    @property
    def video_packets(self) -> int:
        """RTP packets of the video track received so far."""
        return 0 if self._receiver is None else self._receiver.packets

    async def frames(self) -> AsyncIterator[DecodedFrame]:
        """About one decoded frame a period, until the track ends. Call it once answered."""
        if self._receiver is not None:
            async for frame in self._receiver.frames():
                yield frame

    async def close(self) -> None:
        """Free ICE and DTLS; the peer sees DTLS's closure."""
        self._closing = True
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._connection.close()
        except TimeoutError:
            log_event(_log, "peer_close_timeout", logging.WARNING)

    def _behind(self) -> None:
        if not self._closing:
            self._closing = True
            self._ended("overloaded")

    def _changed(self) -> None:
        state = self._connection.connectionState
        if state in ("failed", "closed") and not self._closing:
            self._closing = True
            self._ended("connection_failed" if state == "failed" else "peer_closed")
