"""What a party keeps of a gate between its preparation and its run: words of few bits, packed.

A prepared frame waits in memory for its image, with a word or a bit for every value of the network in each of a dozen
places; few of them have more than half a word's bits.
"""

from __future__ import annotations

import numpy as np

from snni.wire.packing import U8, U32, Reader, pack_into, packed_bytes


class Kept:
    """Values of so many bits each; bits above are dropped, as rings drop them. Bytes come back as bytes (up to 8 bits),
    words as words."""

    def __init__(self, values: U8 | U32, bits: int) -> None:
        self._count, self._bits = values.size, bits
        self._packed = np.empty(packed_bytes(values.size, bits), np.uint8)
        pack_into(values, bits, self._packed)

    def bytes(self) -> U8:
        """uint8 [n]."""
        return Reader(self._packed.data).bytes(self._count, self._bits)

    def words(self) -> U32:
        """uint32 [n]."""
        return Reader(self._packed.data).words(self._count, self._bits)
