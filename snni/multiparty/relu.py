"""ReLU with truncation before it: y = max(trunc(x), 0), x in Z_2^ring_bits, y in Z_2^out_bits. One gate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snni.model.plan import Plan
from snni.model.steps import Relu
from snni.multiparty.dealing import Dealer, Dealt
from snni.multiparty.gate import GateShape, GateShares, deal_gate, evaluate_gate, take_gate
from snni.multiparty.gated import Gated
from snni.multiparty.opening import Opening
from snni.multiparty.registered import InteractiveOperation
from snni.multiparty.roles import Role
from snni.ring.truncation import truncate_mask, truncate_masked
from snni.wire.packing import U32


@dataclass(frozen=True)
class ReluOperation(Gated):
    """shape: of all images' x, [N, C, H, W]. The dealer's half of the truncation is the client's of the two-party
    engine, the evaluators' the server's."""

    shape: tuple[int, ...]
    ring_bits: int
    shift: int
    window: int
    out_bits: int
    ignored: int

    @property
    def gate(self) -> GateShape:
        return GateShape(int(np.prod(self.shape)), self.window, self.out_bits, ignored=self.ignored)

    @property
    def gates(self) -> list[GateShape]:
        return [self.gate]

    def deal(self, dealer: Dealer, c: U32, mask: U32 | None) -> U32:
        if mask is None:
            raise ValueError("a ReLU's mask is drawn with the evaluators")
        deal_gate(self.gate, dealer, truncate_mask(c, self.shift, self.window).reshape(-1), mask.reshape(-1))
        return mask

    def take(self, dealt: Dealt) -> GateShares:
        return take_gate(self.gate, dealt)

    def evaluate(self, role: Role, shares: GateShares, s: U32, opening: Opening) -> U32:
        kept = truncate_masked(s, self.ring_bits, self.shift, self.window).reshape(-1)
        return evaluate_gate(self.gate, role, shares, kept, opening).reshape(self.shape)


def _of(step: Relu, plan: Plan, images: int) -> ReluOperation:
    x = plan.values[step.x]
    return ReluOperation((images, *x.shape), x.ring_bits, step.shift, step.window, step.out_bits, step.ignored)


RELU = InteractiveOperation(Relu, _of, draws_output=True)
