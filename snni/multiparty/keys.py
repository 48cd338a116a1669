"""What the dealer and one evaluator can both draw without a message: AES-128-CTR streams under a common key.

ASTRA (Chaudhari et al., eprint 2019/429, section 3.1) gives every pair of servers a PRF key; only the dealer's two
pairs are needed here. A frame has seeds of its own, derived by keyed BLAKE2b, so that no stream is drawn for two
frames; in a frame every draw has its own stream number.
"""

from __future__ import annotations

import hashlib
import math
import os
from dataclasses import dataclass
from typing import NoReturn

from snni.multiparty import _gate
from snni.ring.random import uniform_from
from snni.wire.packing import U8, U32

KEY_BYTES = 16


class PairKey:
    """A key that the dealer and one evaluator hold. Never shown, never copied."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes")
        self._key = key

    @classmethod
    def fresh(cls) -> PairKey:
        return cls(os.urandom(KEY_BYTES))

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys are not pickled or copied")

    def masks(self, frame: int) -> Masks:
        """This evaluator's halves of the frame's masks."""
        return Masks(self._derived(frame, b"masks"))

    def dealt(self, frame: int) -> DealtStream:
        """This evaluator's half of all that is dealt for the frame."""
        return DealtStream(self._derived(frame, b"dealt"))

    def own(self, frame: int) -> OwnStream:
        """What masks the frame's values of which no evaluator can draw a part. Of a key that no evaluator has."""
        return OwnStream(DealtStream(self._derived(frame, b"own")))

    def hiding(self, frame: int) -> DealtStream:
        """What hides the frame's values from who checks them. Of a key that it does not have."""
        return DealtStream(self._derived(frame, b"hiding"))

    def proof(self, frame: int, purpose: bytes) -> DealtStream:
        """Of the frame's proofs (prove/). purpose: at most 16 bytes, one a stream."""
        return DealtStream(self._derived(frame, purpose))

    def _derived(self, frame: int, purpose: bytes) -> bytes:
        return hashlib.blake2b(frame.to_bytes(8, "little"), digest_size=16, key=self._key, person=purpose).digest()


class Masks:
    """Halves of masks, one stream a value of the plan: the same whenever asked for."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    def draw(self, stream: int, shape: tuple[int, ...], bits: int) -> U32:
        """uint32 [shape] below 2^bits."""
        return uniform_from(self._seed, stream, shape, bits)


@dataclass(frozen=True)
class DealerKeys:
    """What is dealt by: a key in common with either evaluator, and one that neither has."""

    first: PairKey
    second: PairKey
    own: PairKey

    @classmethod
    def fresh(cls) -> DealerKeys:
        return cls(PairKey.fresh(), PairKey.fresh(), PairKey.fresh())


class OwnStream:
    """What masks by a key that no evaluator has. Each draw once."""

    def __init__(self, stream: DealtStream) -> None:
        self._stream = stream

    def ring(self, shape: tuple[int, ...], bits: int) -> U32:
        """uint32 [shape] below 2^bits."""
        return self._stream.draw(math.prod(shape), bits).reshape(shape)

    def bits(self, count: int) -> U32:
        """uint32 [count] in {0, 1}."""
        return self._stream.draw(count, 1)


class DealtStream:
    """Draws in the plan's order, each once."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._stream = 0

    def draw(self, count: int, bits: int) -> U32:
        """The next uint32 [count] below 2^bits."""
        return uniform_from(self._seed, self._next(), (count,), bits)

    def off_sum(self, values: U32, bits: int) -> U8:
        """uint32 [n] less the next draw, mod 2^bits, packed."""
        return _gate.hidden_sum(self._seed, self._next(), values, bits)

    def off_bits(self, values: U32, bits: int) -> U8:
        """uint32 [n] XOR the next draw, packed."""
        return _gate.hidden_bits(self._seed, self._next(), values, bits)

    def _next(self) -> int:
        stream = self._stream
        self._stream += 1
        return stream
