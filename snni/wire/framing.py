"""The frame: version u8, reserved u8 (0), tag u16, length u32, sequence u64 (little-endian), then ``length`` bytes.

Sequence counts frames of one direction from 0. A wrong version, tag, sequence or a length above the receiver's
limit is a WireError: the stream is then useless and the session ends.
"""

from __future__ import annotations

import struct

from snni.errors import PeerError, WireError

HEADER = struct.Struct("<BBHIQ")
VERSION = 1
MAX_FRAME_BYTES = 1 << 30

REFUSAL = 0x01  # payload: ASCII text, at most MAX_REFUSAL_BYTES; allowed in place of any frame, ends the stream
MAX_REFUSAL_BYTES = 512


def check_header(header: bytes, tag: int, sequence: int, limit: int) -> tuple[int, bool]:
    """(the payload's length, whether it is a refusal), or WireError naming what is wrong."""
    version, reserved, got_tag, length, got_sequence = HEADER.unpack(header)
    if version != VERSION or reserved != 0:
        raise WireError(f"frame version {version}, expected {VERSION}")
    if got_sequence != sequence:
        raise WireError(f"frame sequence {got_sequence}, expected {sequence}: lost, reordered or replayed")
    if got_tag == REFUSAL != tag and length <= MAX_REFUSAL_BYTES:
        return length, True
    if got_tag != tag:
        raise WireError(f"frame tag {got_tag}, expected {tag}")
    if length > limit:
        raise WireError(f"frame of {length} bytes, at most {limit} allowed here")
    return int(length), False


def refused(body: memoryview) -> PeerError:
    """The error that a refusal stands for; the peer's text is cut to printable ASCII."""
    text = bytes(body).decode("ascii", "replace")
    return PeerError("the peer refused: " + "".join(c if c.isprintable() else "?" for c in text))
