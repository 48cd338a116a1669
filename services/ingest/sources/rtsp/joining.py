"""A picture in one packet, where libavformat gives it in several. Pure.

Some cameras send their parameter sets before each slice of a key picture (GStreamer's rtph264pay does with
config-interval=-1), and libavformat begins a new packet at each; all of them have the picture's RTP timestamp. From the
first packets of a stream that share one, the packets of a picture are joined, once the next picture's first is there.
Other streams wait for nothing.
"""

from __future__ import annotations

import av

MOST = 256
MOST_BYTES = 16 * 2**20
"""Packets of a picture, and their bytes: a camera that says one timestamp for ever fills no memory."""


class Joining:
    """One stream, in the order of its packets."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._split = False
        self._held: list[av.Packet] = []
        self._bytes = 0

    def whole(self, packet: av.Packet) -> list[av.Packet]:
        """The pictures that are whole with this packet: none or one."""
        again = packet.pts is not None and packet.pts == self._last
        self._last, self._split = packet.pts, self._split or again
        if not self._split:
            return [packet]
        if again and len(self._held) < MOST and self._bytes + packet.size <= MOST_BYTES:
            self._held.append(packet)
            self._bytes += packet.size
            return []
        done, self._held, self._bytes = self._held, [packet], packet.size
        return [_joined(done)] if done else []

    def forget(self) -> None:
        """Hand out nothing of what is held."""
        self._held, self._bytes = [], 0


def _joined(pieces: list[av.Packet]) -> av.Packet:
    if len(pieces) == 1:
        return pieces[0]
    whole = av.Packet(b"".join(map(bytes, pieces)))
    whole.pts, whole.time_base = pieces[0].pts, pieces[0].time_base
    whole.is_keyframe = pieces[0].is_keyframe
    return whole
