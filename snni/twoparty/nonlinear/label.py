"""A video's label from its frames' scores: approximate softmax of each frame, summed, the largest's class.

PPVC (ICML 2021), protocols 2 (softmax) and 3 (label), between two parties; the law is `snni.model.video_label`'s, the
steps those of `snni.ring.softmax`: ReLU; sums; gates that bring both to a common power of two; the sum's reciprocal by
lookup (lookup.py); numerators rescaled and multiplied by it (multiply.py); sums over frames; argmax, opened to the
client alone.
  client <- label([scores]);  server <- nothing.
Flights: one part after the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from snni.errors import ParameterError
from snni.model.video_label import INDEX_BITS, NUMERATOR_BITS, RING_BITS, LabelLaw, reciprocals
from snni.ring.random import uniform
from snni.ring.softmax import Powers, summed, with_sums
from snni.ring.truncation import truncate_mask, truncate_masked
from snni.twoparty.nonlinear.all_pairs import MOST_VALUES, AllPairsShape
from snni.twoparty.nonlinear.argmax import ARGMAX, ArgmaxShape
from snni.twoparty.nonlinear.compare import ComparisonProtocol
from snni.twoparty.nonlinear.composed import ComposedClient, ComposedServer
from snni.twoparty.nonlinear.correlations import Correlations
from snni.twoparty.nonlinear.gate_shape import MAX_EXTENSION, GateShape
from snni.twoparty.nonlinear.gates import gate_client, gate_server
from snni.twoparty.nonlinear.leaf import LEAF
from snni.twoparty.nonlinear.lookup import LookupClient, LookupServer, LookupShape
from snni.twoparty.nonlinear.multiply import ProductClient, ProductServer, ProductShape
from snni.twoparty.nonlinear.ots import RandomOtReceiver
from snni.twoparty.nonlinear.relu import ReluClient, ReluServer, ReluShape
from snni.twoparty.nonlinear.rescale import RescaleClient, RescaleServer, RescaleShape
from snni.twoparty.nonlinear.step_protocol import StepShape
from snni.wire.channel import Channel
from snni.wire.packing import U32
from snni.wire.traffic import Traffic
from snni.wire.turns import Turns


@dataclass(frozen=True)
class LabelShape:
    """Scores of n frames, uint32 [n, C] mod 2^score_bits, to one label. Raises ParameterError: scores too narrow."""

    law: LabelLaw
    comparison: ComparisonProtocol = LEAF

    def __post_init__(self) -> None:
        if self.law.score_bits < RING_BITS - MAX_EXTENSION:
            raise ParameterError(f"scores of {self.law.score_bits} bits; a label's want {RING_BITS - MAX_EXTENSION}")

    @cached_property
    def relu(self) -> ReluShape:
        bits = self.law.score_bits
        return ReluShape((self.law.frames, self.law.classes), bits, 0, bits, RING_BITS, self.comparison)

    @cached_property
    def powers(self) -> Powers:
        return Powers(self.law.frames, self.law.sum_bits, 1 + self.law.classes)

    @cached_property
    def gate(self) -> GateShape:
        """Compares every sum with every power of two."""
        n = self.law.frames * self.law.sum_bits
        return GateShape(n, RING_BITS, RING_BITS, False, lanes=self.powers.lanes, comparison=self.comparison)

    @cached_property
    def lookup(self) -> LookupShape:
        return LookupShape(self.law.frames, INDEX_BITS + 1, RING_BITS)

    @cached_property
    def numerators(self) -> RescaleShape:
        shift = self.law.sum_bits - NUMERATOR_BITS
        return RescaleShape((self.law.classes, self.law.frames), RING_BITS, shift, NUMERATOR_BITS + 3, RING_BITS)

    @cached_property
    def product(self) -> ProductShape:
        return ProductShape(self.law.classes * self.law.frames)

    @cached_property
    def argmax(self) -> ArgmaxShape | AllPairsShape:
        kind = AllPairsShape if self.law.classes <= MOST_VALUES else ArgmaxShape
        return kind(self.law.classes, self.law.window, self.comparison)

    @property
    def parts(self) -> tuple[StepShape | LookupShape | ProductShape | GateShape, ...]:
        """In the order in which they run."""
        return self.relu, self.gate, self.lookup, self.numerators, self.product, self.argmax

    @property
    def traffic(self) -> Traffic:
        """Online, the opening included."""
        return sum((part.traffic for part in self.parts), Traffic())

    @property
    def correlations(self) -> Correlations:
        """All parts'."""
        return sum((part.correlations for part in self.parts), Correlations())

    def summed(self, products: U32, some: U32, public: bool) -> U32:
        """One party's shares of the sums over frames, uint32 [C]. public: the server's."""
        each = products.reshape(self.law.classes, self.law.frames)
        return summed(each, some, self.law.equal_share, public)


class LabelClient(ComposedClient):
    """Prepared from its shares of all frames' scores offline, run once."""

    def __init__(self, shape: LabelShape) -> None:
        self._shape = shape
        self._relu, self._gate = ReluClient(shape.relu), gate_client(shape.gate)
        self._lookup, self._numerators = LookupClient(shape.lookup, reciprocals()), RescaleClient(shape.numerators)
        self._product, self._argmax = ProductClient(shape.product), ARGMAX.client(shape.argmax)
        super().__init__((self._relu, self._gate, self._lookup, self._numerators, self._product, self._argmax))

    def prepare_receive(self, ots: RandomOtReceiver, c: U32) -> None:
        """c: uint32 [n, C]."""
        shape, law = self._shape, self._shape.law
        positive = self._relu.prepare_receive(ots, c, None).T
        drawn = uniform((shape.gate.payload,), RING_BITS)
        self._gate.prepare_receive(ots, shape.powers.operands(with_sums(positive), public=False), drawn, None)
        along, some = shape.powers.results(drawn)
        leading = truncate_mask(along[0], law.sum_bits - INDEX_BITS, INDEX_BITS + 1)
        inverse = self._lookup.prepare_receive(ots, leading, None)
        numerators = self._numerators.prepare_receive(ots, along[1:], None).reshape(-1)
        products = self._product.prepare_receive(ots, numerators, np.tile(inverse, law.classes), None)
        self._argmax.prepare_receive(ots, shape.summed(products, some, public=False), None)

    def reveal(self, channel: Channel) -> int:
        """The label. Raises WireError: it opens to none."""
        return self._argmax.reveal(channel)


class LabelServer(ComposedServer):
    """Prepared without its operand, run once on its shares."""

    def __init__(self, shape: LabelShape) -> None:
        self._shape = shape
        self._relu, self._gate = ReluServer(shape.relu), gate_server(shape.gate)
        self._lookup, self._numerators = LookupServer(shape.lookup), RescaleServer(shape.numerators)
        self._product, self._argmax = ProductServer(shape.product), ARGMAX.server(shape.argmax, {})
        super().__init__((self._relu, self._gate, self._lookup, self._numerators, self._product, self._argmax))

    def turns(self, s: U32) -> Turns[U32]:
        """s: uint32 [n, C]. What is sent of the label."""
        shape, law = self._shape, self._shape.law
        positive = (yield from self._relu.turns(s)).T
        gated = yield from self._gate.turns(shape.powers.operands(with_sums(positive), public=True))
        along, some = shape.powers.results(gated)
        leading = truncate_masked(along[0], RING_BITS, law.sum_bits - INDEX_BITS, INDEX_BITS + 1)
        inverse = yield from self._lookup.turns(leading)
        numerators = (yield from self._numerators.turns(along[1:])).reshape(-1)
        products = yield from self._product.turns(numerators, np.tile(inverse, law.classes))
        return (yield from self._argmax.turns(shape.summed(products, some, public=True)))

    def reveal(self, channel: Channel, share: U32) -> None:
        """Send what it holds of the label."""
        self._argmax.reveal(channel, share)
