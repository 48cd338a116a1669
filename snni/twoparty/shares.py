"""Additive shares in Z_2^k and what each party does to its own, without a message.

A share is uint32 holding a value in [0, 2^k), 1 <= k <= 32, of the shape of the value it hides.
Truncate-reduce: SiRNN (eprint 2021/459), section 4.3: both parties drop f low bits and move to Z_2^(k-f). The server
adds 2^f - 1 first, which makes the rounding exactly unbiased (engine notes in DESIGN.md).
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from snni import _aes
from snni.errors import ParameterError

U32 = NDArray[np.uint32]


def ring_mask(bits: int) -> np.uint32:
    """2^bits - 1."""
    if not 1 <= bits <= 32:
        raise ParameterError(f"ring of {bits} bits")
    return np.uint32((1 << bits) - 1)


def uniform(shape: tuple[int, ...], bits: int) -> U32:
    """Fresh shares from the system's generator."""
    count = int(np.prod(shape))
    drawn: U32 = np.frombuffer(os.urandom(4 * count), np.uint32).reshape(shape) & ring_mask(bits)
    return drawn


def uniform_bits(count: int) -> NDArray[np.uint8]:
    """Fresh bits from the system's generator, uint8 [count] in {0, 1}."""
    return np.unpackbits(np.frombuffer(os.urandom((count + 7) // 8), np.uint8), count=count)


def uniform_from(seed: bytes, stream: int, shape: tuple[int, ...], bits: int) -> U32:
    """The shares that stand for a stream of a 16-byte seed (AES-128-CTR): the same whenever asked for."""
    return _aes.prg_words(seed, stream, math.prod(shape), bits).reshape(shape)


def reduce(share: U32, bits: int) -> U32:
    """Into a smaller ring; exact."""
    reduced: U32 = share & ring_mask(bits)
    return reduced


def truncate_client(share: U32, shift: int, bits: int) -> U32:
    """The client's half of truncate-reduce by `shift` bits, then into Z_2^bits."""
    return reduce(share >> np.uint32(shift), bits)


def truncate_server(share: U32, ring_bits: int, shift: int, bits: int) -> U32:
    """The server's half: add 2^shift - 1 in Z_2^ring_bits, drop shift bits, into Z_2^bits."""
    offset = np.uint32((1 << shift) - 1)
    return reduce(((share + offset) & ring_mask(ring_bits)) >> np.uint32(shift), bits)


def add(shares: Sequence[U32], left_shifts: Sequence[int], bits: int) -> U32:
    """Sum of 2^l_i times each share, in Z_2^bits."""
    total = np.zeros_like(shares[0])
    for share, left in zip(shares, left_shifts, strict=True):
        total += share << np.uint32(left)
    return reduce(total, bits)


def concat(shares: Sequence[U32], left_shifts: Sequence[int], bits: int) -> U32:
    """2^l_i times each share, one after another along channels, in Z_2^bits."""
    scaled = [share << np.uint32(left) for share, left in zip(shares, left_shifts, strict=True)]
    return reduce(np.concatenate(scaled, axis=0), bits)


def sum_pool(share: U32, kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int], bits: int) -> U32:
    """Window sums of [C, H, W] in Z_2^bits, zero padding."""
    (kh, kw), (sh, sw), (ph, pw) = kernel, stride, padding
    padded = np.pad(share, ((0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(1, 2))[:, ::sh, ::sw]
    return reduce(windows.sum(axis=(-2, -1), dtype=np.uint32), bits)
