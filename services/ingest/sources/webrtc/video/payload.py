"""What one RTP packet has of a coded picture: VP8 (RFC 7741) and H.264 in packetization mode 1 (RFC 6184). Pure.

Raises ValueError for what is neither.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from aiortc.codecs.h264 import NAL_TYPE_FU_A, NAL_TYPE_STAP_A, h264_depayload

from services.ingest.frames.parameter_sets import KINDS, START_CODE, kind_of

IDR = 5


@dataclass(frozen=True, slots=True)
class Piece:
    """data: what the decoder is given. begins: a decoder can begin here, if a picture's packets before are lost.

    key: it begins a picture that needs none before it. spare: no other picture needs the one that it belongs to.
    sets: the parameter sets within.
    """

    data: bytes = field(repr=False)
    begins: bool
    key: bool
    spare: bool
    sets: tuple[bytes, ...] = ()


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
    kind = kind_of("H264", payload)
    if kind == NAL_TYPE_FU_A:
        begins = bool(payload[1] & 0x80)
        return Piece(data, begins, begins and payload[1] & 0x1F == IDR, not payload[0] & 0x60)
    units = data.split(START_CODE)[1:] if kind == NAL_TYPE_STAP_A else [payload]
    kinds = [kind_of("H264", unit) for unit in units]
    sets = tuple(unit for unit, one in zip(units, kinds, strict=True) if one in KINDS["H264"])
    return Piece(data, True, IDR in kinds, not payload[0] & 0x60, sets)
