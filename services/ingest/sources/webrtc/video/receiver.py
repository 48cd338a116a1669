"""The receiver of a session's video, in the place of aiortc's (W3C WebRTC, 5.3): its packets, its feedback, its frames.

aiortc's decodes every picture as it comes and tells of each across threads; here most are never decoded. What is sent
back is as there: reports of reception and lost packets asked for again (RFC 3550, RFC 4585), a key picture asked for,
and the bitrate that the way carries (draft-alvestrand-rmcat-remb). `take_place` puts it into a connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from aiortc import RTCRtpTransceiver, rtp
from aiortc.codecs import is_rtx
from aiortc.rate import RemoteBitrateEstimator
from aiortc.rtp import RtcpByePacket, RtcpPsfbPacket, RtcpRrPacket, RtcpRtpfbPacket, RtcpSrPacket

from services.ingest.frames.decoded import DecodedFrame
from services.ingest.sources.webrtc.video.assembly import Assembly, Packet
from services.ingest.sources.webrtc.video.decoding import DECODERS, Decoding, Handlers
from services.ingest.sources.webrtc.video.payload import piece
from services.ingest.sources.webrtc.video.streams import Missing, Streams
from services.runtime.clock import Clock

REPORTS_S = 1.0
"""Between two reports, from half as long to half as long again (RFC 3550, 6.3)."""
STALE_S = 10.0
"""Without a packet: what is known of the way's bitrate is of the last second."""


Sets = tuple[bytes, ...]


@dataclass(frozen=True)
class Decided:
    """What others decide of a session's video. behind: told when decoding falls behind.

    may: whether it may be decoded now, from any thread. withheld: told of every packet that may not.
    """

    behind: Callable[[], None]
    may: Callable[[], bool] = lambda: True
    withheld: Callable[[], None] = lambda: None


class VideoReceiver:
    """What aiortc's connection and transport call of a receiver."""

    def __init__(
        self, replaced: Any, ssrc: int, period_s: float, handlers: Decided, clock: Clock, sets: Mapping[int, Sets]
    ) -> None:
        """replaced: aiortc's own receiver, not started. ssrc: of what is sent back. sets: see `take_place`."""
        self.transport, self._track = replaced.transport, replaced.track
        self._enabled = True
        self._ssrc, self._period_s, self._decided, self._clock = ssrc, period_s, handlers, clock
        self._frames: asyncio.Queue[DecodedFrame | None] = asyncio.Queue()
        self._assembly = Assembly()
        self._decoding: Decoding | None = None
        self._sets, self._told = sets, -1
        self._codecs: dict[int, Any] = {}
        self._repaired: dict[int, int] = {}
        self._missing, self._streams = Missing(), Streams(self._unlist)
        self._way, self._estimated = RemoteBitrateEstimator(), 0.0
        self._reporting: asyncio.Task[None] | None = None

    @property
    def track(self) -> Any:
        """aiortc's; no picture comes by it."""
        return self._track

    @property
    def packets(self) -> int:
        """RTP packets received so far."""
        return self._streams.packets

    async def frames(self) -> AsyncIterator[DecodedFrame]:
        """About one decoded picture a period, until the stream ends."""
        while True:
            frame = await self._frames.get()
            if frame is None:
                return
            yield frame
            del frame  # not to be held while the next one is awaited

    def setTransport(self, transport: Any) -> None:
        """Sections of one bundle share the first one's."""
        self.transport = transport

    async def receive(self, parameters: Any) -> None:
        """Begin, with the codecs and streams that were agreed on."""
        if self._decoding is not None:
            return
        self._codecs = {codec.payloadType: codec for codec in parameters.codecs}
        self._repaired = {one.rtx.ssrc: one.ssrc for one in parameters.encodings if one.rtx}
        decided = self._decided
        handlers = Handlers(self._frames.put_nowait, self._assembly.undecodable, decided.behind, decided.may)
        self._decoding = Decoding(self._period_s, handlers)
        self.transport._register_rtp_receiver(self, parameters)
        self._reporting = asyncio.create_task(self._report())

    async def stop(self) -> None:
        """End for good."""
        if self._decoding is None:
            return
        self.transport._unregister_rtp_receiver(self)
        self._handle_disconnect()
        if self._reporting is not None:
            self._reporting.cancel()
            await asyncio.gather(self._reporting, return_exceptions=True)

    def _handle_disconnect(self) -> None:
        """The transport, or the sender's goodbye, ended it."""
        if self._decoding is not None:
            self._decoding.close()
        self._frames.put_nowait(None)

    async def _handle_rtcp_packet(self, packet: Any) -> None:
        if isinstance(packet, RtcpSrPacket):
            self._streams.reported(packet, time.monotonic())
        elif isinstance(packet, RtcpByePacket):
            self._handle_disconnect()

    async def _handle_rtp_packet(self, packet: Any, arrival_time_ms: int) -> None:
        """arrival_time_ms: by the wall clock, which is set while packets come, and of no use here."""
        if not self._enabled or self._decoding is None:
            return
        codec = self._codecs.get(packet.payload_type)
        if codec is None:
            return
        now = self._clock.now().mono
        if not self._streams.add(packet, codec.clockRate, now):
            return
        await self._estimate(packet, now)
        if is_rtx(codec):
            codec, packet = self._unwrapped(codec, packet)
        if codec is None or codec.name not in DECODERS:
            return
        if self._missing.add(packet):
            nack = RtcpRtpfbPacket(fmt=rtp.RTCP_RTPFB_NACK, ssrc=self._ssrc, media_ssrc=packet.ssrc)
            nack.lost = sorted(self._missing.missing)
            await self._send(nack)
        await self._take(codec.name, packet, now)

    def _unlist(self, ssrc: int) -> None:
        """Of a source that is not heard nothing is noted, as aiortc does with its first packet, for good."""
        self.transport._rtp_router.ssrc_table.pop(ssrc, None)
        self._way.ssrcs.pop(ssrc, None)

    async def _take(self, codec: str, packet: Any, now: float) -> None:
        try:
            part = piece(codec, packet.payload)
        except ValueError:
            return
        if packet.payload_type != self._told:
            self._told = packet.payload_type
            self._assembly.told(self._sets.get(packet.payload_type, ()))
        one = Packet(packet.sequence_number, packet.timestamp, bool(packet.marker), part, now)
        if not self._decided.may():
            self._withhold(one)
            return
        for coded in self._assembly.add(one):
            if self._decoding is not None:
                self._decoding.put(codec, coded)
        if self._assembly.wants_key(now):
            await self._send(RtcpPsfbPacket(fmt=rtp.RTCP_PSFB_PLI, ssrc=self._ssrc, media_ssrc=packet.ssrc))

    def _withhold(self, one: Packet) -> None:
        """The camera may not be processed: no picture is put together, and what was waits no longer."""
        self._decided.withheld()
        self._assembly.pass_by(one)
        if self._decoding is not None:
            self._decoding.forget()

    async def _estimate(self, packet: Any, now: float) -> None:
        """What the way carries, told to the sender as it changes.

        aiortc's estimator walks through every millisecond between two packets: an hour takes it a second, of all
        cameras' time. So a wall clock that is set, as of a device that starts without one, does not count here, and a
        way that carried nothing for long, as of a machine that slept, is measured anew.
        """
        sent = packet.extensions.abs_send_time
        if sent is None:
            return
        size = len(packet.payload) + packet.padding_size
        if now - self._estimated > STALE_S:
            self._way = RemoteBitrateEstimator()
        self._estimated = now
        found = self._way.add(arrival_time_ms=int(now * 1000), abs_send_time=sent, payload_size=size, ssrc=packet.ssrc)
        if found is not None:
            fci = rtp.pack_remb_fci(*found)
            await self._send(RtcpPsfbPacket(fmt=rtp.RTCP_PSFB_APP, ssrc=self._ssrc, media_ssrc=0, fci=fci))

    def _unwrapped(self, codec: Any, packet: Any) -> tuple[Any, Any]:
        """The packet that a retransmission has within (RFC 4588, 4), and its codec; None for what is none."""
        original, apt = self._repaired.get(packet.ssrc), codec.parameters.get("apt")
        if original is None or len(packet.payload) < 2 or apt not in self._codecs:
            return None, packet
        return self._codecs[apt], rtp.unwrap_rtx(packet, payload_type=apt, ssrc=original)

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORTS_S * random.uniform(0.5, 1.5))
            reports = self._streams.reports(time.monotonic())
            if reports:
                await self._send(RtcpRrPacket(ssrc=self._ssrc, reports=reports))

    async def _send(self, packet: Any) -> None:
        with contextlib.suppress(ConnectionError):
            await self.transport._send_rtp(bytes(packet))


def take_place(
    transceiver: RTCRtpTransceiver,
    period_s: float,
    decided: Decided,
    clock: Clock,
    sets: Mapping[int, Sets] = MappingProxyType({}),
) -> VideoReceiver:
    """Put a receiver in the place of the transceiver's own, which has not begun.

    period_s: between two pictures. sets: the parameter sets that the sender's description has, by payload type; looked
    at with the first packet of each.
    """
    made = VideoReceiver(transceiver.receiver, transceiver.sender._ssrc, period_s, decided, clock, sets)
    transceiver._RTCRtpTransceiver__receiver = made
    return made
