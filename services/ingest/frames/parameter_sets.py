"""The parameter sets of a stream, which say how its pictures are coded, and of no picture what it shows. Pure.

A sender may speak of them once, in its description or before its first picture, and a decoder that begins anew needs
them (RFC 6184, 8.4). So the newest of each number is kept, also of what is never decoded: H.264's of sequences and
pictures (7.3.2.1, 7.3.2.2), and H.265's of videos before those (7.3.2.1 to 7.3.2.3 there).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Literal

Codec = Literal["H264", "H265"]
KINDS: dict[Codec, tuple[int, ...]] = {"H264": (7, 8), "H265": (32, 33, 34)}
"""Types of NAL units, in the order in which a decoder needs them."""
MOST: dict[Codec, tuple[int, ...]] = {"H264": (32, 256), "H265": (16, 16, 64)}
"""Numbers that there may be of each."""
MOST_BYTES = 1024
"""Of a set. One with all its lists is shorter; what is longer is none, and is not kept."""
MOST_UNITS = 64
"""That come before a picture; what comes after so many is not looked at: a camera may send millions."""
START_CODE = b"\0\0\0\1"
BEGINNING = START_CODE[1:]


class ParameterSets:
    """Of one stream, in the order in which it speaks of them."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._kept: dict[tuple[int, int], bytes] = {}

    def note(self, units: Iterable[bytes]) -> None:
        """Keep those of the NAL units that are sets."""
        for unit in units:
            kind = kind_of(self._codec, unit)
            if kind not in KINDS[self._codec] or len(unit) > MOST_BYTES:
                continue
            place = KINDS[self._codec].index(kind)
            number = _number(self._codec, kind, _Bits(unit))
            if number < MOST[self._codec][place]:
                self._kept[place, number] = unit

    def besides(self, units: Collection[bytes]) -> bytes:
        """What a decoder is to be given before a picture of these units: every set, as a byte stream (annex B).

        Empty where the picture has them all within.
        """
        if all(one in units for one in self._kept.values()):
            return b""
        return b"".join(START_CODE + self._kept[which] for which in sorted(self._kept))


def before_picture(codec: Codec, stream: bytes) -> Iterator[bytes]:
    """The NAL units of a byte stream (annex B) that come before a picture's first slice."""
    at = stream.find(BEGINNING)
    for _ in range(MOST_UNITS):
        if at < 0:
            return
        at += len(BEGINNING)
        if kind_of(codec, stream[at : at + 1]) <= (5 if codec == "H264" else 31):
            return
        end = stream.find(BEGINNING, at)
        yield (stream[at:end] if end >= 0 else stream[at:]).rstrip(b"\0")
        at = end


def kind_of(codec: Codec, unit: bytes) -> int:
    """The type of a NAL unit; 0, which is a slice's or none, of an empty one."""
    if not unit:
        return 0
    return unit[0] & 0x1F if codec == "H264" else unit[0] >> 1 & 0x3F


class _Bits:
    """A set's bits behind its header, without what keeps start codes out (H.264, 7.4.1); zeros beyond its end."""

    def __init__(self, unit: bytes) -> None:
        self._bytes = unit.replace(b"\0\0\3", b"\0\0")
        self._at = 0

    def skip(self, count: int) -> None:
        self._at += count

    def take(self, count: int) -> int:
        found = 0
        for _ in range(count):
            byte, bit = divmod(self._at, 8)
            found = found << 1 | (self._bytes[byte] >> 7 - bit & 1 if byte < len(self._bytes) else 0)
            self._at += 1
        return found

    def golomb(self) -> int:
        """ue(v), 9.1 there; of more than 16 leading zeros none that could be a number."""
        zeros = 0
        while zeros <= 16 and not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)


def _number(codec: Codec, kind: int, bits: _Bits) -> int:
    """Which set it is, of its kind."""
    if codec == "H264":
        bits.skip(8 + (24 if kind == 7 else 0))  # the header; a sequence's profile and level
        return bits.golomb()
    bits.skip(16)
    if kind == 32:
        return bits.take(4)
    if kind == 33:
        bits.skip(4)
        _skip_levels(bits, layers=bits.take(3))
    return bits.golomb()


def _skip_levels(bits: _Bits, layers: int) -> None:
    """profile_tier_level (H.265, 7.3.3), and the bit before it. layers: below the highest one."""
    bits.skip(1 + 96)
    told = [(bits.take(1), bits.take(1)) for _ in range(layers)]
    bits.skip(2 * (8 - layers) if layers else 0)
    for profile, level in told:
        bits.skip(88 * profile + 8 * level)
