"""When the pictures of a WebRTC track were received, and their RTP timestamps on one line.

aiortc asks its timestamp mapper about every encoded frame in the moment in which it is whole and goes to the decoder.
It is whole once the next one's first packet is there, so that this moment is also when the next one began to come. Its
own mapper takes every step backwards for a wrap and jumps by 13 hours where a sender starts over; this one takes the
shorter way around (RFC 3550, appendix A.1, does so for sequence numbers).
"""

from __future__ import annotations

from aiortc import RTCRtpReceiver

from services.runtime.clock import Clock

CLOCK_HZ = 90_000
MAX_WAITING = 4096
"""Frames at the decoder that are remembered: more than a session may hold before it is ended as overloaded."""


class Reception:
    """Stands in for the mapper of a receiver; knows each frame's reception by its mapped timestamp."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: int | None = None
        self._mapped = 0
        self._began: float | None = None
        self._waiting: dict[int, tuple[float, float]] = {}

    def watch(self, receiver: RTCRtpReceiver) -> None:
        """Be asked by this receiver. Call it before the receiver starts."""
        receiver._RTCRtpReceiver__timestamp_mapper = self

    def map(self, timestamp: int) -> int:
        """The RTP timestamp (32 bits) of a frame that is whole now, without wraps, from 0."""
        now = self._clock.now().mono
        if self._last is not None:
            self._mapped += (timestamp - self._last + 2**31) % 2**32 - 2**31
        self._last = timestamp
        self._waiting[self._mapped] = (now if self._began is None else self._began, now)
        self._began = now
        if len(self._waiting) > MAX_WAITING:
            self._waiting.pop(next(iter(self._waiting)))
        return self._mapped

    def of(self, mapped: int | None) -> tuple[float, float]:
        """(received, complete) of a decoded frame, monotonic seconds; now, for one that is not known. Asked once."""
        now = self._clock.now().mono
        return (now, now) if mapped is None else self._waiting.pop(mapped, (now, now))
