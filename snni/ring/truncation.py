"""Truncation of x = c + s in Z_2^k, where c is a mask that stood first and s = x - c: each half by who holds it.

Truncate-reduce: SiRNN (eprint 2021/459), section 4.3: both drop f low bits and move to Z_2^(k-f). 2^f - 1 is added to s
first, which makes the rounding exactly unbiased (DESIGN.md, section 4). Between two parties c is the client's share
and s the server's.
"""

from __future__ import annotations

import numpy as np

from snni.ring.arithmetic import ring_mask
from snni.wire.packing import U32


def truncate_mask(c: U32, shift: int, bits: int) -> U32:
    """c's half of truncate-reduce by `shift` bits, then into Z_2^bits."""
    kept: U32 = c >> np.uint32(shift)
    kept &= ring_mask(bits)
    return kept


def truncate_masked(s: U32, ring_bits: int, shift: int, bits: int) -> U32:
    """s's half: add 2^shift - 1 in Z_2^ring_bits, drop shift bits, into Z_2^bits."""
    kept: U32 = s + np.uint32((1 << shift) - 1)
    kept &= ring_mask(ring_bits)
    kept >>= np.uint32(shift)
    kept &= ring_mask(bits)
    return kept
