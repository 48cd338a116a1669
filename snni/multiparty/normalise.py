"""Values brought along when a sum T is brought to [2^(B-1), 2^B) by a power of two that nobody learns.

With b_i = 1{T >= 2^i}, i = 0 .. B - 1, of which the first so many are 1 as T has bits,
  v 2^(B - length of T) = b_0 v 2^(B-1) - sum over i >= 1 of b_i v 2^(B-1-i)   (mod 2^32),
so B comparisons of every T, each a gate (gate.py) that carries v in its further lanes, and local sums. Also 1{T >= 1}.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from snni.model.video_label import RING_BITS
from snni.multiparty.dealing import Dealer, Dealt
from snni.multiparty.gate import GateShape, GateShares, deal_gate, evaluate_gate, take_gate
from snni.multiparty.opening import Opening
from snni.multiparty.roles import Role
from snni.wire.packing import U32


@dataclass(frozen=True)
class NormaliseShape:
    """n sums below 2^sum_bits, with ``carried`` values each that are brought along, the sum itself being one."""

    n: int
    sum_bits: int
    carried: int

    @property
    def gate(self) -> GateShape:
        """Lanes: the comparison's own value, those carried, and a one."""
        return GateShape(self.n * self.sum_bits, RING_BITS, RING_BITS, lanes=self.carried + 2)

    @property
    def dealt_bytes(self) -> int:
        return self.gate.dealt_bytes

    @property
    def claimed_bytes(self) -> int:
        return self.gate.claimed_bytes

    @property
    def opened_bytes(self) -> tuple[int, ...]:
        return self.gate.opened_bytes

    def operands(self, values: U32, public: bool) -> U32:
        """The gate's payload of one component of values uint32 [carried, n], the sums first. public: the one with
        constants."""
        each = np.repeat(values[:, None, :], self.sum_bits, axis=1)
        powers = np.left_shift(np.uint32(1), np.arange(self.sum_bits, dtype=np.uint32))[:, None]
        compared = each[0] - powers if public else each[0]
        ones = np.full_like(compared, 1 if public else 0)
        return np.concatenate([compared[None], each, ones[None]]).reshape(-1)

    def results(self, out: U32) -> tuple[U32, U32]:
        """(values brought along [carried, n], 1{T >= 1} [n]) of one component of the gate's results."""
        lanes = out.reshape(self.carried + 2, self.sum_bits, self.n)
        weights = self._weights()[None, :, None]
        along: U32 = (lanes[1:-1] * weights).sum(axis=1, dtype=np.uint32)
        return along, lanes[-1, 0]

    def _weights(self) -> NDArray[np.uint32]:
        powers = np.left_shift(np.uint32(1), np.arange(self.sum_bits - 1, -1, -1, dtype=np.uint32))
        weights: NDArray[np.uint32] = np.uint32(0) - powers
        weights[0] = powers[0]
        return weights


def deal_normalise(shape: NormaliseShape, dealer: Dealer, c: U32) -> tuple[U32, U32]:
    """c: masks of the values, uint32 [carried, n]. Returns the results' masks."""
    drawn = dealer.own.ring((shape.gate.payload,), RING_BITS)
    deal_gate(shape.gate, dealer, shape.operands(c, public=False), drawn)
    return shape.results(drawn)


def take_normalise(shape: NormaliseShape, dealt: Dealt) -> GateShares:
    return take_gate(shape.gate, dealt)


def evaluate_normalise(
    shape: NormaliseShape, role: Role, shares: GateShares, s: U32, opening: Opening
) -> tuple[U32, U32]:
    """The masked results of masked values uint32 [carried, n]."""
    return shape.results(evaluate_gate(shape.gate, role, shares, shape.operands(s, public=True), opening))
