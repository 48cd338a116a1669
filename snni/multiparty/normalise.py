"""Sums brought to a common power of two, and values along with them: the gates of `snni.ring.softmax`."""

from __future__ import annotations

from dataclasses import dataclass

from snni.model.video_label import RING_BITS
from snni.multiparty.dealing import Dealer, Dealt
from snni.multiparty.gate import GateShape, GateShares, deal_gate, evaluate_gate, take_gate
from snni.multiparty.gated import Gated
from snni.multiparty.opening import Opening
from snni.multiparty.roles import Role
from snni.ring.softmax import Powers
from snni.wire.packing import U32


@dataclass(frozen=True)
class NormaliseShape(Powers, Gated):
    """The gate that compares and carries."""

    @property
    def gate(self) -> GateShape:
        return GateShape(self.n * self.sum_bits, RING_BITS, RING_BITS, lanes=self.lanes)

    @property
    def gates(self) -> list[GateShape]:
        return [self.gate]


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
