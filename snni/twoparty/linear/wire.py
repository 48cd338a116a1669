"""The bytes of the linear layers' messages.

    header   magic "VWL", kind, u32 version, 8 bytes layout digest, u64 body bytes          little-endian
    upload   header, seed[16], per block: c0 [ciphertexts_per_block][sent] at modulus_bits
    reply    header, per block: c1 [out_channels][N] at c1_bits, c0 [out_channels][positions] at c0_bits
    key      header (digest: of the parameter sets), per set: seed[16], p0 [N] at modulus_bits

Rows start on a byte. Lengths are known from the layout, so a message is refused before anything is allocated for it.
"""

from __future__ import annotations

import hashlib
import struct

import numpy as np
from numpy.typing import NDArray

from snni.errors import WireError
from snni.twoparty import _linear
from snni.twoparty.linear.layout import HEADER_BYTES
from snni.twoparty.linear.params import PARAMETER_SETS

VERSION = 1
UPLOAD, REPLY, KEY = b"U", b"R", b"K"
_HEADER = struct.Struct("<3scI8sQ")
Buffer = bytes | bytearray | memoryview


def key_digest() -> bytes:
    return hashlib.sha256(repr(PARAMETER_SETS).encode()).digest()[:8]


def header(kind: bytes, digest: bytes, body_bytes: int) -> bytes:
    return _HEADER.pack(b"VWL", kind, VERSION, digest, body_bytes)


def body(message: Buffer, kind: bytes, digest: bytes, total_bytes: int) -> memoryview:
    """The bytes after a header that says what both parties agreed on. Raises WireError."""
    view = memoryview(message).cast("B")
    if len(view) != total_bytes:
        raise WireError(f"linear message has {len(view)} bytes, expected {total_bytes}")
    magic, got_kind, version, got_digest, length = _HEADER.unpack_from(view)
    if magic != b"VWL" or got_kind != kind:
        raise WireError("not the expected linear message")
    if version != VERSION:
        raise WireError(f"linear message version {version}, expected {VERSION}")
    if got_digest != digest or length != total_bytes - HEADER_BYTES:
        raise WireError("linear message is for another layer, batch or parameter set")
    return view[HEADER_BYTES:]


class RowReader:
    """Takes packed rows off a body whose length is checked already."""

    def __init__(self, view: memoryview) -> None:
        self._view = view

    def take(self, count: int) -> memoryview:
        part, self._view = self._view[:count], self._view[count:]
        return part

    def rows(self, count: int, width: int, bits: int, modulus: int, drop: int = 0) -> NDArray[np.uint64]:
        """uint64 [count, width], each below modulus; with drop, lifted to the middle of what it stands for.

        Raises WireError: a value is out of range or padding is not zero.
        """
        row_bytes = (width * bits + 7) // 8
        packed = np.frombuffer(self.take(count * row_bytes), np.uint8).reshape(count, row_bytes)
        limit = (modulus - 1 >> drop) + 1
        values = _linear.unpack_rows(packed, width, bits, limit, drop, modulus)
        if values is None:
            raise WireError("a coefficient in a linear message is out of range")
        return values
