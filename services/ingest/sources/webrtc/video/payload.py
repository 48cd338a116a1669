"""What one RTP packet has of a coded picture: VP8 (RFC 7741) and H.264 in packetization mode 1 (RFC 6184). Pure.

Raises ValueError for what is neither.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from aiortc.codecs.h264 import NAL_TYPE_FU_A, NAL_TYPE_STAP_A, h264_depayload

IDR = 5
START_CODE = b"\0\0\0\1"


@dataclass(frozen=True, slots=True)
class Piece:
    """data: what the decoder is given. begins: a decoder can begin here, if a picture's packets before are lost.

    key: it begins a picture that needs none before it. spare: no other picture needs the one that it belongs to.
    """

    data: bytes = field(repr=False)
    begins: bool
    key: bool
    spare: bool


def piece(codec: str, payload: bytes) -> Piece:
    """codec: "VP8" or "H264". A packet without a payload, as of padding, is an empty piece. Raises ValueError."""
    if not payload:
        return Piece(b"", begins=False, key=False, spare=True)
    return _vp8(payload) if codec == "VP8" else _h264(payload)


def _vp8(payload: bytes) -> Piece:
    """RFC 7741, 4.2: X R N S R PID, then I L T K, the picture id of one or two bytes, TL0PICIDX, TID Y KEYIDX."""
    try:
        first, at, layer = payload[0], 1, 0
        if first & 0x80:
            more, at = payload[1], 2
            if more & 0x80:
                at += 2 if payload[at] & 0x80 else 1
            at += bool(more & 0x40)
            if more & 0x30:
                layer = payload[at] >> 6 if more & 0x20 else 0
                at += 1
        begins = first & 0x1F == 0x10
        key = begins and not payload[at] & 1  # RFC 6386, 9.1: the frame tag's lowest bit
    except IndexError:
        raise ValueError("the descriptor, or what it describes, is missing") from None
    return Piece(payload[at:], begins, key, bool(first & 0x20) or layer > 0)


def _h264(payload: bytes) -> Piece:
    """RFC 6184, 5.6 to 5.8. A picture is spare when none of its units is for reference (H.264, 7.4.1)."""
    data = h264_depayload(payload)
    kind, begins = payload[0] & 0x1F, True
    key = kind == IDR
    if kind == NAL_TYPE_FU_A:
        begins = bool(payload[1] & 0x80)
        key = begins and payload[1] & 0x1F == IDR
    elif kind == NAL_TYPE_STAP_A:
        key = any(unit and unit[0] & 0x1F == IDR for unit in data.split(START_CODE))
    return Piece(data, begins, key, not payload[0] & 0x60)
