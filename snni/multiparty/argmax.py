"""Index of the largest of F values by a tournament of gates; the index rides as a second lane. Opened to who asked
alone.

Ties go to the lowest index. Exact where |x_i - x_j| < 2^(window - 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snni.errors import ParameterError
from snni.model.plan import Plan
from snni.model.steps import Argmax
from snni.multiparty.dealing import Dealer, Dealt
from snni.multiparty.gate import GateShape, GateShares, deal_gate, evaluate_gate, take_gate
from snni.multiparty.gated import Gated
from snni.multiparty.opening import Opening
from snni.multiparty.registered import OpeningOperation
from snni.multiparty.roles import Role
from snni.ring.arithmetic import reduce
from snni.wire.packing import U32


@dataclass(frozen=True)
class ArgmaxOperation(Gated):
    """For each of the images F values compared in Z_2^window; F <= 2^(window - 1)."""

    images: int
    values: int
    window: int

    def __post_init__(self) -> None:
        if not 1 <= self.values <= 1 << (self.window - 1):
            raise ParameterError(f"argmax of {self.values} values in a window of {self.window} bits")

    @property
    def gates(self) -> list[GateShape]:
        """One a round; an odd value passes."""
        pairs, left = [], self.values
        while left > 1:
            pairs.append(left // 2)
            left -= left // 2
        return [GateShape(self.images * count, self.window, self.window, lanes=2) for count in pairs]

    def deal(self, dealer: Dealer, c: U32, mask: U32 | None) -> U32:
        window = self.window
        lanes = [reduce(c.reshape(self.images, -1), window), np.zeros((self.images, self.values), np.uint32)]
        values = np.stack(lanes)
        for gate in self.gates:
            a, b, passing = pairs_of(values)
            drawn = dealer.own.ring(a.shape, window)
            deal_gate(gate, dealer, reduce(a - b, window).reshape(-1), (drawn - b).reshape(-1))
            values = np.concatenate([drawn, passing], axis=2)
        indices: U32 = values[1].reshape(-1, 1, 1, 1)
        return indices

    def take(self, dealt: Dealt) -> list[GateShares]:
        return [take_gate(gate, dealt) for gate in self.gates]

    def evaluate(self, role: Role, shares: list[GateShares], s: U32, opening: Opening) -> U32:
        indices = np.broadcast_to(np.arange(self.values, dtype=np.uint32), (self.images, self.values))
        values = np.stack([reduce(s.reshape(self.images, -1), self.window), indices])
        for gate, held in zip(self.gates, shares, strict=True):
            a, b, passing = pairs_of(values)
            difference = reduce(a - b, self.window).reshape(-1)
            out = evaluate_gate(gate, role, held, difference, opening, addend=b.reshape(-1))
            values = np.concatenate([out.reshape(a.shape), passing], axis=2)
        opened: U32 = values[1].reshape(-1, 1, 1, 1)
        return opened


def pairs_of(values: U32) -> tuple[U32, U32, U32]:
    """values [2, N, left] -> (earlier [2, N, pairs], later [2, N, pairs], passing [2, N, 0 or 1])."""
    even = values.shape[2] // 2 * 2
    return values[..., 0:even:2], values[..., 1:even:2], values[..., even:]


def _of(step: Argmax, plan: Plan, images: int) -> ArgmaxOperation:
    return ArgmaxOperation(images, plan.values[step.x].elements, step.window)


ARGMAX = OpeningOperation(Argmax, _of, lambda step: step.window)
