"""Payloads: dense bit packing, and a reader that checks lengths before it takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from snni.errors import WireError
from snni.wire import _packing

U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]


def packed_bytes(count: int, bits: int) -> int:
    """Bytes that `count` values of `bits` bits occupy."""
    return (count * bits + 7) // 8


def pack(values: U8 | U32, bits: int) -> bytes:
    """Dense little-endian bit packing; 1 <= bits <= 32 (8 for uint8)."""
    out = np.empty(packed_bytes(values.size, bits), np.uint8)
    pack_into(values, bits, out)
    return out.tobytes()


def pack_into(values: U8 | U32, bits: int, room: U8) -> int:
    """The same at the beginning of room, which has place for it; how many bytes."""
    out = room[: packed_bytes(values.size, bits)]
    if values.dtype == np.uint8:
        _packing.pack_bytes(values.reshape(-1).astype(np.uint8, copy=False), bits, out)
    else:
        _packing.pack_words(values.reshape(-1).astype(np.uint32, copy=False), bits, out)
    return out.size


class Reader:
    """Takes packed arrays off one payload, in order. Raises WireError on a short or long payload."""

    def __init__(self, payload: memoryview) -> None:
        self._rest: U8 = np.frombuffer(payload, np.uint8)

    def words(self, count: int, bits: int) -> U32:
        """uint32 [count], each below 2^bits."""
        out = np.empty(count, np.uint32)
        _packing.unpack_words(self._take(packed_bytes(count, bits)), bits, out)
        return out

    def bytes(self, count: int, bits: int) -> U8:
        """uint8 [count], each below 2^bits."""
        out = np.empty(count, np.uint8)
        _packing.unpack_bytes(self._take(packed_bytes(count, bits)), bits, out)
        return out

    def packed(self, length: int) -> U8:
        """So many bytes as they came."""
        return self._take(length)

    def end(self) -> None:
        """Nothing may be left."""
        if self._rest.size:
            raise WireError(f"{self._rest.size} bytes too many in a payload")

    def _take(self, length: int) -> U8:
        if length > self._rest.size:
            raise WireError(f"payload short by {length - self._rest.size} bytes")
        taken, self._rest = self._rest[:length], self._rest[length:]
        return taken
