"""The media side of one session: answers an offer once, takes trickled candidates.

The answer says recvonly for both sections (RFC 9725 forbids refusing the audio section alone); audio's is set to
inactive between writing the answer and applying it, so its packets are discarded before any payload is read.
"""

from __future__ import annotations

from collections.abc import Callable

from aiortc import RTCIceCandidate

from services.ingest.sources.webrtc.candidates import MAX_CANDIDATES, Candidate
from services.ingest.sources.webrtc.reception import OPEN, Gate, Reception
from services.ingest.sources.webrtc.sending import Sending
from services.ingest.sources.whip.offer import told_to_the_client
from services.runtime.clock import Clock


class Peer(Reception):
    """One WebRTC connection to a client that offers."""

    def __init__(
        self,
        offer: Sending,
        ended: Callable[[str], None],
        period_s: float = 1.0,
        clock: Clock | None = None,
        gate: Gate = OPEN,
    ) -> None:
        super().__init__(ended, period_s, clock, gate)
        self._offer = offer
        self._candidates_left = MAX_CANDIDATES - len(offer.candidates)

    async def answer(self) -> str:
        """The SDP answer with every candidate of this side.

        Raises:
            MalformedBody: the WebRTC stack cannot read the offer.
            Unacceptable: no codec in common.
        """
        connection = self._connection
        with told_to_the_client():
            await self._hear(self._offer, "offer")
        self._receive(next(one for one in connection.getTransceivers() if one.kind == "video"))
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
