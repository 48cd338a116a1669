"""How a stream's pictures are turned, where it is said once for many (ITU-T H.264 and H.265, D.2.27 and D.2.17).

A display orientation stands in a message with one picture and holds for those after it, until the next one, or until a
key picture comes without any. Decoders hand it out with its own picture alone.
"""

from __future__ import annotations

import av
from av.sidedata.sidedata import Type


def matrix_of(picture: av.VideoFrame) -> bytes | None:
    """The picture's display matrix: its own, or the one that was marked on it."""
    own = picture.side_data.get(Type.DISPLAYMATRIX)
    if own is not None:
        return bytes(own)
    return picture.opaque if isinstance(picture.opaque, bytes) else None


class Orientation:
    """One stream's, in the order in which its pictures are decoded."""

    def __init__(self) -> None:
        self._held: bytes | None = None

    def mark(self, picture: av.VideoFrame) -> av.VideoFrame:
        """The picture, which bears from now on what holds for it."""
        own = picture.side_data.get(Type.DISPLAYMATRIX)
        if own is not None or picture.key_frame:
            self._held = None if own is None else bytes(own)
        picture.opaque = self._held
        return picture
