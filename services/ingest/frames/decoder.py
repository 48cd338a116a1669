"""The decoder of a camera's video: one thread, bounded pictures, none held back for their order.

As many pictures are held for those that build upon them as the stream asks for, whatever it sends: 42 kB of H.264 can
ask for 1.5 GB. So it is looked after every packet how large each of them is.

Where parts of an H.264 picture are missing, libavcodec fills them from others or with grey, and says so. Such a picture
is no picture of the room, and neither are those that build upon it, up to the next key picture.
"""

from __future__ import annotations

import av
from av.codec.context import Flags

from video.orientation import Orientation

MAX_PIXELS = 4096 * 2176
"""Of a picture, as many as H.265's level 5.2 has: bounds what a stream's parameters make the decoder allocate, which
holds up to seventeen of them."""
MAX_BITS = 12
"""Of a pixel, in pictures of that size: 4:2:0 in eight bits. Smaller ones may have more."""


class Decoder:
    """Of one stream. codec: libavcodec's name. A picture comes out when its packet goes in."""

    def __init__(self, codec: str, extradata: bytes | None = None, *, needed_only: bool = False) -> None:
        """needed_only: pictures that no other needs are left out."""
        self._made = codec, extradata, needed_only
        self._orientation = Orientation()
        self.forget()

    def forget(self) -> None:
        """Hold no picture any more for those that build upon it: what comes next begins anew, with a key picture."""
        codec, extradata, needed_only = self._made
        self._context = av.VideoCodecContext.create(codec, "r")
        self._context.extradata = extradata
        self._context.thread_count = 1
        self._context.flags |= Flags.low_delay
        self._context.options = {"max_pixels": str(MAX_PIXELS)}
        if needed_only:
            self._context.skip_frame = "NONREF"
        self._broken = False

    def pictures(self, packet: av.Packet) -> list[av.VideoFrame] | None:
        """What the packet gave; None where it is broken: packets get lost. Or would make the decoder hold too much."""
        try:
            found = [picture for picture in self._context.decode(packet) if isinstance(picture, av.VideoFrame)]
        except (av.FFmpegError, ValueError, MemoryError):
            found = None
        if self._is_heavy():
            self.forget()
            return None
        if found is None:
            return None
        whole = [picture for picture in found if self._is_whole(picture)]
        return None if found and not whole else [self._orientation.mark(picture) for picture in whole]

    def _is_heavy(self) -> bool:
        """Whether the stream's pictures, of any of which the decoder may hold many, are larger than may be."""
        context = self._context
        if context.pix_fmt is None:
            return False
        bits = av.VideoFormat(context.pix_fmt, context.width, context.height).padded_bits_per_pixel
        return bool(context.width * context.height * bits > MAX_PIXELS * MAX_BITS)

    def _is_whole(self, picture: av.VideoFrame) -> bool:
        self._broken = picture.is_corrupt or (self._broken and not picture.key_frame)
        return not self._broken
