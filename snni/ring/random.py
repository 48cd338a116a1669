"""Uniform values: from the system's generator, or from a seed of its (AES-128-CTR) where they must be drawn again."""

from __future__ import annotations

import math
import os

import numpy as np

from snni import _aes
from snni.ring.arithmetic import ring_mask
from snni.wire.packing import U8, U32


def uniform(shape: tuple[int, ...], bits: int) -> U32:
    """Fresh values from the system's generator."""
    count = int(np.prod(shape))
    drawn: U32 = np.frombuffer(os.urandom(4 * count), np.uint32).reshape(shape) & ring_mask(bits)
    return drawn


def uniform_bits(count: int) -> U8:
    """Fresh bits from the system's generator, uint8 [count] in {0, 1}."""
    return np.unpackbits(np.frombuffer(os.urandom((count + 7) // 8), np.uint8), count=count)


def uniform_from(seed: bytes, stream: int, shape: tuple[int, ...], bits: int) -> U32:
    """The values that stand for a stream of a 16-byte seed (AES-128-CTR): the same whenever asked for."""
    return _aes.prg_words(seed, stream, math.prod(shape), bits).reshape(shape)
