"""ReLU with a ceiling (ReLU6): y = min(max(x, 0), limit) / 2^f, from Z_2^k through m bits into Z_2^out_bits.

y = relu(x) - relu(x - limit): two steered gates (gate.py) of one set of flights, over 2 n values. The limits are the
server's alone, one a value: equalised channels have limits of their own, which the plan does not show.
  [y] <- Clip([x]; limit at server).   Semi-honest; y is off from the real result by less than one unit and
  0 for x <= 0: t(x) - t(x - limit) is limit / 2^f rounded up or down by one share's low bits, unbiased (shares.py).
  Bits that comparisons ignore (gate.py) make it err further, next to 0, on both its sides, and next to the limit.
The client's share is the same in both halves. Its masks r + r', r' are uniform for fresh r', so steering stays safe.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from snni.model.plan import Plan
from snni.model.steps import Clip
from snni.ring.arithmetic import reduce
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
class ClipShape(GatedShape):
    """shape: of the value. ring_bits: of x. shift: f. window: m, for x and for x - limit. out_bits: of y.

    ignored: low bits of the window that both comparisons drop.
    """

    shape: tuple[int, ...]
    ring_bits: int
    shift: int
    window: int
    out_bits: int
    comparison: ComparisonProtocol = LEAF
    ignored: int = 0

    @property
    def n(self) -> int:
        return math.prod(self.shape)

    @property
    def gate(self) -> GateShape:
        extend = self.out_bits > self.window
        return GateShape(
            2 * self.n, self.window, self.out_bits, extend, comparison=self.comparison, ignored=self.ignored
        )

    @property
    def gates(self) -> list[GateShape]:
        """One, over both halves."""
        return [self.gate]


def clip_shape(step: Clip, plan: Plan, comparison: ComparisonProtocol = LEAF) -> ClipShape:
    """Of a step of ``plan``."""
    x = plan.values[step.x]
    return ClipShape(x.shape, x.ring_bits, step.shift, step.window, step.out_bits, comparison, step.ignored)


class ClipClient(ComposedClient):
    """Prepared from its shares offline, run once."""

    def __init__(self, shape: ClipShape) -> None:
        self._shape = shape
        self._gate = gate_client(shape.gate)
        super().__init__([self._gate])

    def prepare_receive(self, ots: RandomOtReceiver, c: U32, mask: U32 | None) -> U32:
        shape = self._shape
        if mask is None:
            mask = uniform(shape.shape, shape.out_bits)
        x = truncate_mask(c, shape.shift, shape.window).reshape(-1)
        above = uniform((shape.n,), shape.out_bits)
        masks = np.concatenate([reduce(mask.reshape(-1) + above, shape.out_bits), above])
        self._gate.prepare_receive(ots, np.concatenate([x, x]), masks, None)
        return mask


class ClipServer(ComposedServer):
    """Prepared without its operand, run once on its shares."""

    def __init__(self, shape: ClipShape, limits: U32) -> None:
        """limits: uint32 [C], one a channel, in units of x."""
        self._shape = shape
        self._limits = limits
        self._gate = gate_server(shape.gate)
        super().__init__([self._gate])

    def turns(self, s: U32) -> Turns[U32]:
        shape = self._shape
        both = np.concatenate([s, reduce(s - self._limits[:, None, None], shape.ring_bits)])
        x = truncate_masked(both, shape.ring_bits, shape.shift, shape.window)
        y = (yield from self._gate.turns(x.reshape(-1))).reshape(2, *shape.shape)
        return reduce(y[0] - y[1], shape.out_bits)


def _server(shape: ClipShape, tensors: Mapping[str, NDArray[np.generic]]) -> ClipServer:
    return ClipServer(shape, tensors["limit"].astype(np.uint32))


CLIP = InteractiveOperation(Clip, clip_shape, ClipClient, _server, draws_output=True)
