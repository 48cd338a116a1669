"""When a decoded frame was captured, from its media timestamp. Pure."""

from __future__ import annotations


class CaptureClock:
    """How long ago a frame was captured, from its media timestamp.

    The path with the least delay seen so far counts as none, so the result is what queues and decoding add, and one
    frame interval: the jitter buffer gives a picture out when the next one begins. The sender's clock may run slow or
    fast by DRIFT. A step of the media time against ours that no queue explains (the sender paused, or jumped) starts
    anew.
    """

    DRIFT = 5e-4
    STEP_S = 1.0

    def __init__(self) -> None:
        self._arrived: float | None = None
        self._media_s = 0.0
        self._offset = 0.0
        self._base = 0.0

    def age(self, media_s: float, arrived: float) -> float:
        """Seconds, at least 0, since the capture of a frame with media time `media_s` that came at `arrived`."""
        offset = arrived - media_s
        interval = 0.0 if self._arrived is None else min(max(0.0, media_s - self._media_s), self.STEP_S)
        if self._arrived is None or offset - self._offset > self.STEP_S:
            self._base = offset
        else:
            self._base = min(self._base + self.DRIFT * max(0.0, arrived - self._arrived), offset)
        self._arrived, self._media_s, self._offset = arrived, media_s, offset
        return offset - self._base + interval
