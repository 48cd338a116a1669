"""The media side of one session: answers an offer once, yields decoded video frames, never decodes audio.

The only module that touches aiortc's connection. The answer says recvonly for both sections (RFC 9725 forbids refusing
the audio section alone). aiortc starts a decoder only for a transceiver whose current direction receives; audio's is
set to inactive between writing the answer and applying it, so its packets are discarded before any payload is read.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

import av
from aiortc import (
    MediaStreamError,
    MediaStreamTrack,
    RTCIceCandidate,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCSessionDescription,
)
from aiortc.exceptions import OperationError

from services.ingest.frames.decoded import DecodedFrame
from services.ingest.sources.whip.candidates import MAX_CANDIDATES, Candidate
from services.ingest.sources.whip.errors import MalformedBody, Unacceptable
from services.ingest.sources.whip.ice import host_only
from services.ingest.sources.whip.offer import Offer
from services.ingest.sources.whip.offer_text import render_offer
from services.ingest.sources.whip.reception import CLOCK_HZ, Reception
from services.runtime.clock import Clock, SystemClock
from services.runtime.logging import get_logger, log_event

CLOSE_TIMEOUT_S = 5.0
CODECS = {
    "video": "VP8, or H.264 (constrained) baseline with packetization-mode=1",
    "audio": "Opus, PCMU or PCMA",
}

_log = get_logger("ingest")


class Peer:
    """One WebRTC connection. `ended` is called once when the peer or the network ends it."""

    def __init__(self, offer: Offer, ended: Callable[[str], None], clock: Clock | None = None) -> None:
        self._offer = offer
        self._reception = Reception(clock or SystemClock())
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
        self._reception.watch(self._video())
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

    async def video_packets(self) -> int:
        """RTP packets of the video track received so far."""
        receiver = self._video()
        report = await receiver.getStats()
        return sum(one.packetsReceived for one in report.values() if one.type == "inbound-rtp")

    async def frames(self) -> AsyncIterator[DecodedFrame]:
        """Every decoded frame, until the track ends. The consumer must keep up: the stack's queue has no bound."""
        track: MediaStreamTrack = self._video().track
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, av.VideoFrame):
                received, complete = self._reception.of(frame.pts)
                media_s = None if frame.pts is None else frame.pts / CLOCK_HZ
                yield DecodedFrame(frame, media_s, received, complete)

    async def close(self) -> None:
        """Free ICE and DTLS; the peer sees DTLS's closure."""
        self._closing = True
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._connection.close()
        except TimeoutError:
            log_event(_log, "peer_close_timeout", logging.WARNING)

    def _video(self) -> RTCRtpReceiver:
        return next(one.receiver for one in self._connection.getTransceivers() if one.kind == "video")

    def _changed(self) -> None:
        state = self._connection.connectionState
        if state in ("failed", "closed") and not self._closing:
            self._closing = True
            self._ended("connection_failed" if state == "failed" else "peer_closed")
