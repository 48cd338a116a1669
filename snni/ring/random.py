"""Uniform values: from the system's generator, or from a seed of its (AES-128-CTR) where they must be drawn again.

What a client draws it draws here. Where work may have to be shown to the peer (twoparty/audit/), its draws are from a
tape, which stands for the system's generator within that work and its thread.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from snni import _aes
from snni.ring.arithmetic import ring_mask
from snni.wire.packing import U8, U32

_tape: ContextVar[Callable[[int], bytes] | None] = ContextVar("tape", default=None)


class Tape:
    """Bytes that stand for a 16-byte key (AES-128-CTR): every call has a stream of its own, so none is given twice."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._calls = 0

    def __call__(self, count: int) -> bytes:
        stream, self._calls = self._calls, self._calls + 1
        return _aes.prg_words(self._key, stream, (count + 3) // 4, 32).tobytes()[:count]

    def __repr__(self) -> str:
        return "<Tape>"


@contextmanager
def drawn_from(tape: Tape) -> Iterator[None]:
    """Within the block, and in its thread alone, draws are the tape's."""
    before = _tape.set(tape)
    try:
        yield
    finally:
        _tape.reset(before)


def drawn(count: int) -> bytes:
    """So many fresh bytes: the system's, or the tape's where one is in force."""
    tape = _tape.get()
    return os.urandom(count) if tape is None else tape(count)


def uniform(shape: tuple[int, ...], bits: int) -> U32:
    """Fresh values."""
    count = int(np.prod(shape))
    values: U32 = np.frombuffer(drawn(4 * count), np.uint32).reshape(shape) & ring_mask(bits)
    return values


def uniform_bits(count: int) -> U8:
    """Fresh bits, uint8 [count] in {0, 1}."""
    return np.unpackbits(np.frombuffer(drawn((count + 7) // 8), np.uint8), count=count)


def uniform_from(seed: bytes, stream: int, shape: tuple[int, ...], bits: int) -> U32:
    """The values that stand for a stream of a 16-byte seed (AES-128-CTR): the same whenever asked for."""
    return _aes.prg_words(seed, stream, math.prod(shape), bits).reshape(shape)
