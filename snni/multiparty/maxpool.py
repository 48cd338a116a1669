"""Max-pooling by pairwise maxima, along rows and then along columns: max(a, b) = b + 1{a - b >= 0} (a - b), a gate
each.

The walk over windows is every suite's, so that the law of errors is one.
"""

from __future__ import annotations

from dataclasses import dataclass

from snni.model.plan import Plan
from snni.model.steps import MaxPool
from snni.multiparty.dealing import Dealer, Dealt
from snni.multiparty.gate import GateShape, GateShares, deal_gate, evaluate_gate, take_gate
from snni.multiparty.gated import Gated
from snni.multiparty.opening import Opening
from snni.multiparty.registered import InteractiveOperation
from snni.multiparty.roles import Role
from snni.ring.arithmetic import reduce
from snni.ring.pooling import Maxima, PoolWalk
from snni.ring.truncation import truncate_mask, truncate_masked
from snni.wire.packing import U32


@dataclass(frozen=True)
class MaxPoolOperation(Gated):
    """pool: the images' channels one after another, so that N images of C channels are one of N C.

    x in Z_2^ring_bits, truncated by shift, compared in Z_2^window without its lowest ``ignored`` bits.
    """

    images: int
    pool: PoolWalk
    ring_bits: int
    shift: int
    window: int
    ignored: int = 0

    @property
    def gates(self) -> list[GateShape]:
        return [GateShape(turn.elements, self.window, self.window, ignored=self.ignored) for turn in self.pool.rounds]

    def deal(self, dealer: Dealer, c: U32, mask: U32 | None) -> U32:
        window = self.window
        lines = Maxima(self.pool, truncate_mask(c, self.shift, window).reshape(self.pool.shape))
        for gate, turn in zip(self.gates, self.pool.rounds, strict=True):
            a, b = lines.operands(turn)
            drawn = dealer.own.ring(a.shape, window)
            deal_gate(gate, dealer, reduce(a - b, window).reshape(-1), (drawn - b).reshape(-1))
            lines.replace(turn, drawn)
        return self.images_of(lines.finish())

    def take(self, dealt: Dealt) -> list[GateShares]:
        return [take_gate(gate, dealt) for gate in self.gates]

    def evaluate(self, role: Role, shares: list[GateShares], s: U32, opening: Opening) -> U32:
        pool, window = self.pool, self.window
        lines = Maxima(pool, truncate_masked(s, self.ring_bits, self.shift, window).reshape(pool.shape))
        for gate, held, turn in zip(self.gates, shares, pool.rounds, strict=True):
            a, b = lines.operands(turn)
            difference = reduce(a - b, window).reshape(-1)
            out = evaluate_gate(gate, role, held, difference, opening, addend=b.reshape(-1))
            lines.replace(turn, out.reshape(b.shape))
        return self.images_of(lines.finish())

    def images_of(self, y: U32) -> U32:
        return y.reshape(self.images, -1, *self.pool.out_shape[1:])


def _of(step: MaxPool, plan: Plan, images: int) -> MaxPoolOperation:
    x, y = plan.values[step.x], plan.values[step.y]
    (channels, height, width), (out_channels, out_height, out_width) = x.shape, y.shape
    shapes = (images * channels, height, width), (images * out_channels, out_height, out_width)
    walk = PoolWalk(*shapes, step.kernel, step.stride, step.padding)
    return MaxPoolOperation(images, walk, x.ring_bits, step.shift, step.window, step.ignored)


MAXPOOL = InteractiveOperation(MaxPool, _of)
