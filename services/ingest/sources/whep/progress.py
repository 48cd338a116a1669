"""Whether a session still comes to something: packets, and pictures of them. Pure."""

from __future__ import annotations

from services.ingest.sources.pulling.errors import Silent, Undecodable


class Progress:
    """One session's, from its beginning at `now`, monotonic seconds. silence_s: without either before it ends."""

    def __init__(self, silence_s: float, now: float) -> None:
        self._silence_s = silence_s
        self._packets = self._frames = 0
        self._packet_at = self._frame_at = now

    def look(self, now: float, packets: int, frames: int, *, may: bool) -> None:
        """At how many of each there were so far; may: whether any may be decoded.

        Raises:
            Silent: no packet came for silence_s.
            Undecodable: packets came, and no picture of those that may be decoded.
        """
        if packets != self._packets:
            self._packets, self._packet_at = packets, now
        if frames != self._frames or not may:
            self._frames, self._frame_at = frames, now
        if now - self._packet_at > self._silence_s:
            raise Silent("no packet")
        if now - self._frame_at > self._silence_s:
            raise Undecodable("packets, and no picture")
