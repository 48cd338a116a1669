"""Max-pooling by pairwise maxima, separable: along rows, then along columns.

max(a, b) = b + 1{a - b >= 0} (a - b), one steered gate (gate.py) in the same ring; the difference of two values must
fit the window. CrypTFlow2 (eprint 2020/1002), section 5.5 (maxpool by successive maxima); separability halves the
comparisons of a 3x3 window and shares row maxima between windows. Padding never wins: padded positions are left out.
With ignored bits (gate.py) either of two values may win that differ by less than they can tell.
"""

from __future__ import annotations

from dataclasses import dataclass

from snni.model.plan import Plan
from snni.model.steps import MaxPool
from snni.ring.arithmetic import reduce
from snni.ring.pooling import Maxima, PoolWalk, Round
from snni.ring.random import uniform
from snni.ring.truncation import truncate_mask, truncate_masked
from snni.twoparty.nonlinear.compare import ComparisonProtocol
from snni.twoparty.nonlinear.composed import ComposedClient, ComposedServer, GatedShape
from snni.twoparty.nonlinear.gate_shape import GateShape
from snni.twoparty.nonlinear.gates import gate_client, gate_server
from snni.twoparty.nonlinear.leaf import LEAF
from snni.twoparty.nonlinear.operation import InteractiveOperation
from snni.twoparty.nonlinear.ots import RandomOtReceiver
from snni.wire.packing import U32
from snni.wire.turns import Turns


@dataclass(frozen=True)
class MaxPoolShape(PoolWalk, GatedShape):
    """x in Z_2^ring_bits; truncated by shift, compared in Z_2^window. ignored: low bits that comparisons drop."""

    ring_bits: int
    shift: int
    window: int
    comparison: ComparisonProtocol = LEAF
    ignored: int = 0

    def gate(self, turn: Round) -> GateShape:
        window = self.window
        return GateShape(turn.elements, window, window, extend=False, comparison=self.comparison, ignored=self.ignored)

    @property
    def comparisons(self) -> int:
        return sum(turn.elements for turn in self.rounds)

    @property
    def gates(self) -> list[GateShape]:
        """One after the other."""
        return [self.gate(turn) for turn in self.rounds]


def maxpool_shape(step: MaxPool, plan: Plan, comparison: ComparisonProtocol = LEAF) -> MaxPoolShape:
    """Of a step of ``plan``."""
    x, y = plan.values[step.x], plan.values[step.y]
    windowed = (step.kernel, step.stride, step.padding)
    return MaxPoolShape(x.shape, y.shape, *windowed, x.ring_bits, step.shift, step.window, comparison, step.ignored)


class MaxPoolClient(ComposedClient):
    """Prepared from its shares offline, run once."""

    def __init__(self, shape: MaxPoolShape) -> None:
        self._shape = shape
        self._gates = [gate_client(shape.gate(turn)) for turn in shape.rounds]
        super().__init__(self._gates)

    def prepare_receive(self, ots: RandomOtReceiver, c: U32, mask: U32 | None) -> U32:
        """The output share is made of the last round's masks; `mask` is not used."""
        window = self._shape.window
        lines = Maxima(self._shape, truncate_mask(c, self._shape.shift, window))
        for gate, turn in zip(self._gates, self._shape.rounds, strict=True):
            a, b = lines.operands(turn)
            drawn = uniform(a.shape, window)
            difference = reduce(a - b, window).reshape(-1)
            gate.prepare_receive(ots, difference, drawn.reshape(-1), b.reshape(-1))
            lines.replace(turn, drawn)
        return lines.finish()


class MaxPoolServer(ComposedServer):
    """Prepared without its operand, run once on its shares."""

    def __init__(self, shape: MaxPoolShape) -> None:
        self._shape = shape
        self._gates = [gate_server(shape.gate(turn)) for turn in shape.rounds]
        super().__init__(self._gates)

    def turns(self, s: U32) -> Turns[U32]:
        shape, window = self._shape, self._shape.window
        lines = Maxima(shape, truncate_masked(s, shape.ring_bits, shape.shift, window))
        for gate, turn in zip(self._gates, shape.rounds, strict=True):
            a, b = lines.operands(turn)
            y = yield from gate.turns(reduce(a - b, window).reshape(-1))
            lines.replace(turn, reduce(y.reshape(b.shape) + b, window))
        return lines.finish()


MAXPOOL = InteractiveOperation(MaxPool, maxpool_shape, MaxPoolClient, lambda shape, tensors: MaxPoolServer(shape))
