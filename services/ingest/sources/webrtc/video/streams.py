"""The sources of a session's video (RFC 3550, 8): what was received of each, and what is told of it. Bounded.

A sender has one, one more for what it sends again, and others when it begins anew. Each costs memory here, in aiortc's
table of them and in every report: who speaks as thousands is heard as the first few. One that was silent makes room: an
encoder that begins anew each night takes another source each time, for as long as its session lasts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiortc.rtcrtpreceiver import NackGenerator, StreamStatistics
from aiortc.rtcrtpsender import RTP_HISTORY_SIZE
from aiortc.rtp import RtcpReceiverInfo
from aiortc.utils import uint16_add

MOST = 16
"""A report of reception holds 31 at most (RFC 3550, 6.4.2)."""
SILENT_S = 30.0
"""After which a source makes room for another: what its encoder sends again comes within a second."""
DLSR_HZ = 65_536
HALF = 1 << 15


class Streams:
    """Of one session. Moments are monotonic seconds."""

    def __init__(self, forget: Callable[[int], None] = lambda ssrc: None) -> None:
        """forget: told of each source that is not heard, or no more."""
        self._forget = forget
        self._received: dict[int, StreamStatistics] = {}
        self._heard: dict[int, float] = {}
        self._reports: dict[int, tuple[int, float]] = {}
        self.packets = 0
        """RTP packets received so far."""

    def add(self, packet: Any, clock_hz: int, at: float) -> bool:
        """Count a packet that came at `at`; False where it is of one source too many."""
        stream = self._received.get(packet.ssrc)
        if stream is None:
            if len(self._received) >= MOST and not self._has_made_room(at):
                self._forget(packet.ssrc)
                return False
            stream = self._received[packet.ssrc] = StreamStatistics(clock_hz)
        stream.add(packet)
        self._heard[packet.ssrc] = at
        self.packets += 1
        return True

    def reported(self, packet: Any, at: float) -> None:
        """A sender's report came."""
        if packet.ssrc in self._received:
            self._reports[packet.ssrc] = packet.sender_info.ntp_timestamp >> 16 & 0xFFFFFFFF, at

    def reports(self, at: float) -> list[RtcpReceiverInfo]:
        """What a report of reception says of each."""
        return [self._about(ssrc, stream, at) for ssrc, stream in self._received.items()]

    def _has_made_room(self, at: float) -> bool:
        """Whether one was silent for long: the one that was so longest is not heard any more."""
        ssrc, heard = min(self._heard.items(), key=lambda one: one[1])
        if at - heard <= SILENT_S:
            return False
        del self._received[ssrc], self._heard[ssrc]
        self._reports.pop(ssrc, None)
        self._forget(ssrc)
        return True

    def _about(self, ssrc: int, stream: StreamStatistics, at: float) -> RtcpReceiverInfo:
        last, since = self._reports.get(ssrc, (0, 0.0))
        return RtcpReceiverInfo(
            ssrc=ssrc,
            fraction_lost=stream.fraction_lost,
            packets_lost=stream.packets_lost,
            highest_sequence=stream.max_seq,
            jitter=min(stream.jitter, 2**32 - 1),  # of stamps that jump to and fro it would be more
            lsr=last,
            dlsr=min(int((at - since) * DLSR_HZ), 2**32 - 1) if last else 0,
        )


class Missing(NackGenerator):  # type: ignore[misc]  # aiortc says nothing of its types
    """aiortc's, which walks through every number between two packets and forgets all but the last RTP_HISTORY_SIZE.

    Only those are walked through here: numbers that jump by half their range cost 10 ms each, of all cameras' time.
    """

    def add(self, packet: Any) -> bool:
        """Whether numbers are missing that were not before."""
        newest: int | None = self.max_seq  # type: ignore[has-type]
        if newest is not None and RTP_HISTORY_SIZE < uint16_add(packet.sequence_number, -newest) < HALF:
            self.max_seq = uint16_add(packet.sequence_number, -RTP_HISTORY_SIZE - 1)
        return bool(super().add(packet))
