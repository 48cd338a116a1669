"""ReLU with truncation: y = relu(trunc_f(x)), from Z_2^k through a window of m bits into Z_2^out_bits.

One steered gate (gate.py) on the truncated, reduced shares.  [y] <- Relu([x]);  exact given the shares' truncation,
which is off from x / 2^f by less than one unit and unbiased (shares.py), and given the low bits that the comparison
ignores: a value next to zero, within what they can tell, may be taken for one of the other sign.
"""

from __future__ import annotations

from dataclasses import dataclass

from snni.model.plan import Plan
from snni.model.steps import Relu
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
class ReluShape(GatedShape):
    """shape: of the value. ring_bits: of x. shift: f. window: m. out_bits: of y. ignored: of the window, low ones."""

    shape: tuple[int, ...]
    ring_bits: int
    shift: int
    window: int
    out_bits: int
    comparison: ComparisonProtocol = LEAF
    ignored: int = 0

    @property
    def gate(self) -> GateShape:
        count = 1
        for side in self.shape:
            count *= side
        extend = self.out_bits > self.window
        return GateShape(count, self.window, self.out_bits, extend, comparison=self.comparison, ignored=self.ignored)

    @property
    def gates(self) -> list[GateShape]:
        """One."""
        return [self.gate]


def relu_shape(step: Relu, plan: Plan, comparison: ComparisonProtocol = LEAF) -> ReluShape:
    """Of a step of ``plan``."""
    x = plan.values[step.x]
    return ReluShape(x.shape, x.ring_bits, step.shift, step.window, step.out_bits, comparison, step.ignored)


class ReluClient(ComposedClient):
    """Prepared from its shares offline, run once."""

    def __init__(self, shape: ReluShape) -> None:
        self._shape = shape
        self._gate = gate_client(shape.gate)
        super().__init__([self._gate])

    def prepare_receive(self, ots: RandomOtReceiver, c: U32, mask: U32 | None) -> U32:
        if mask is None:
            mask = uniform(self._shape.shape, self._shape.out_bits)
        x = truncate_mask(c, self._shape.shift, self._shape.window)
        self._gate.prepare_receive(ots, x.reshape(-1), mask.reshape(-1), None)
        return mask


class ReluServer(ComposedServer):
    """Prepared without its operand, run once on its shares."""

    def __init__(self, shape: ReluShape) -> None:
        self._shape = shape
        self._gate = gate_server(shape.gate)
        super().__init__([self._gate])

    def turns(self, s: U32) -> Turns[U32]:
        x = truncate_masked(s, self._shape.ring_bits, self._shape.shift, self._shape.window)
        return (yield from self._gate.turns(x.reshape(-1))).reshape(self._shape.shape)


RELU = InteractiveOperation(Relu, relu_shape, ReluClient, lambda shape, tensors: ReluServer(shape), draws_output=True)
