"""Blocks of 128 bits as numpy holds them: uint64 [..., 2], the first word the low one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from snni import _aes
from snni.wire.packing import U8

Blocks = NDArray[np.uint64]


def blocks_of(rows: U8) -> Blocks:
    """uint8 [n, 16] as blocks [n, 2]."""
    return np.ascontiguousarray(rows).view(np.uint64).reshape(-1, 2)


def where(bits: U8, block: Blocks) -> Blocks:
    """bits [...] times blocks [..., 2], or times one block [2]."""
    mask = np.uint64(0) - bits.astype(np.uint64)
    chosen: Blocks = mask[..., None] & block
    return chosen


def low_bit(blocks: Blocks) -> U8:
    """Bit 0 of each."""
    return (blocks[:, 0] & np.uint64(1)).astype(np.uint8)


def swapped(blocks: Blocks, position: int) -> Blocks:
    """Bits 0 and ``position`` of each exchanged: linear, and its own inverse."""
    word, shift = divmod(position, 64)
    differ = (blocks[:, 0] ^ (blocks[:, word] >> np.uint64(shift))) & np.uint64(1)
    out = blocks.copy()
    out[:, 0] ^= differ
    out[:, word] ^= differ << np.uint64(shift)
    return out


def hashes(start: U8, first: int, blocks: Blocks) -> Blocks:
    """MITCCRH of block j at position first + j (Guo et al., eprint 2019/1168). start: uint8 [16]."""
    rows = np.ascontiguousarray(blocks).view(np.uint8).reshape(-1, 16)
    return blocks_of(_aes.mitccrh(_aes.isas()[-1], start, first, rows))
