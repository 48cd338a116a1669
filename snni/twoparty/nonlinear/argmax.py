"""Index of the largest of F values, revealed to the client alone; ties go to the lowest index.

Of up to four values by all_pairs.py; of more by a tournament of steered gates (gate.py): the index travels as a second
lane under the same comparison bit.
  client <- argmax([x]);  server <- nothing.   Exact; |x_i - x_j| < 2^(window - 1).
The last message is the server's share of the index, uniform but for the index itself. Values are few: their lookups are
as wide as can be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snni.errors import ParameterError, WireError
from snni.model.plan import Plan
from snni.model.steps import Argmax
from snni.ring.arithmetic import reduce
from snni.ring.random import uniform
from snni.twoparty.nonlinear.all_pairs import MOST_VALUES, AllPairsClient, AllPairsServer, AllPairsShape
from snni.twoparty.nonlinear.compare import ComparisonProtocol
from snni.twoparty.nonlinear.composed import ComposedClient, ComposedServer, GatedShape
from snni.twoparty.nonlinear.gate_shape import GateShape
from snni.twoparty.nonlinear.gates import gate_client, gate_server
from snni.twoparty.nonlinear.leaf import LEAF
from snni.twoparty.nonlinear.operation import OpeningOperation
from snni.twoparty.nonlinear.ots import RandomOtReceiver
from snni.twoparty.nonlinear.step_protocol import OpeningClient, OpeningServer
from snni.twoparty.nonlinear.tags import Tag
from snni.wire.channel import Channel
from snni.wire.framing import HEADER
from snni.wire.packing import U32, Reader, pack, packed_bytes
from snni.wire.traffic import Traffic
from snni.wire.turns import Turns


@dataclass(frozen=True)
class ArgmaxShape(GatedShape):
    """F values compared in Z_2^window; F <= 2^(window - 1)."""

    values: int
    window: int
    comparison: ComparisonProtocol = LEAF

    def __post_init__(self) -> None:
        if not 1 <= self.values <= 1 << (self.window - 1):
            raise ParameterError(f"argmax of {self.values} values in a window of {self.window} bits")

    @property
    def rounds(self) -> list[int]:
        """Pairs compared in each round; an odd value passes."""
        pairs, left = [], self.values
        while left > 1:
            pairs.append(left // 2)
            left -= left // 2
        return pairs

    def gate(self, pairs: int) -> GateShape:
        comparison, window = self.comparison, self.window
        return GateShape(pairs, window, window, False, lanes=2, comparison=comparison, slot_bits=comparison.widest)

    @property
    def gates(self) -> list[GateShape]:
        """One after the other."""
        return [self.gate(pairs) for pairs in self.rounds]

    @property
    def reveal_bytes(self) -> int:
        """The server's share of the index: the last message of all, and the only one after a client's."""
        return packed_bytes(1, self.window)

    @property
    def traffic(self) -> Traffic:
        """Online: one gate after the other, then the opening."""
        return super().traffic + Traffic(0, HEADER.size + self.reveal_bytes, 1)


def argmax_shape(step: Argmax, plan: Plan, comparison: ComparisonProtocol = LEAF) -> ArgmaxShape | AllPairsShape:
    """Of a step of ``plan``."""
    values = plan.values[step.x].elements
    kind = AllPairsShape if values <= MOST_VALUES else ArgmaxShape
    return kind(values, step.window, comparison)


def _pairs(values: U32, pairs: int) -> tuple[U32, U32, U32]:
    """values [2, left] -> (earlier [2, pairs], later [2, pairs], passing [2, 0 or 1])."""
    return values[:, 0 : 2 * pairs : 2], values[:, 1 : 2 * pairs : 2], values[:, 2 * pairs :]


class ArgmaxClient(ComposedClient):
    """Prepared from its shares offline, run once."""

    def __init__(self, shape: ArgmaxShape) -> None:
        self._shape = shape
        self._gates = [gate_client(shape.gate(pairs)) for pairs in shape.rounds]
        super().__init__(self._gates)

    def prepare_receive(self, ots: RandomOtReceiver, c: U32, mask: U32 | None) -> U32:
        window = self._shape.window
        values = np.stack([reduce(c.reshape(-1), window), np.zeros(self._shape.values, np.uint32)])
        for gate, pairs in zip(self._gates, self._shape.rounds, strict=True):
            a, b, passing = _pairs(values, pairs)
            drawn = uniform((2, pairs), window)
            gate.prepare_receive(ots, reduce(a - b, window).reshape(-1), drawn.reshape(-1), b.reshape(-1))
            values = np.concatenate([drawn, passing], axis=1)
        self._share = values[1, 0]
        indices: U32 = values[1]
        return indices

    def reveal(self, channel: Channel) -> int:
        """Take the server's share and open the index, in [0, F). Raises WireError: it opens to no index."""
        reader = Reader(channel.recv(Tag.REVEAL, self._shape.reveal_bytes))
        share = reader.words(1, self._shape.window)
        reader.end()
        index = int(reduce(share + self._share, self._shape.window)[0])
        if index >= self._shape.values:  # the peer left the protocol; the number itself stays out of texts
            raise WireError(f"what was opened is no index below {self._shape.values}")
        return index


class ArgmaxServer(ComposedServer):
    """Prepared without its operand, run once on its shares."""

    def __init__(self, shape: ArgmaxShape) -> None:
        self._shape = shape
        self._gates = [gate_server(shape.gate(pairs)) for pairs in shape.rounds]
        super().__init__(self._gates)

    def turns(self, s: U32) -> Turns[U32]:
        window = self._shape.window
        index = np.arange(self._shape.values, dtype=np.uint32)
        values = np.stack([reduce(s.reshape(-1), window), index])
        for gate, pairs in zip(self._gates, self._shape.rounds, strict=True):
            a, b, passing = _pairs(values, pairs)
            y = (yield from gate.turns(reduce(a - b, window).reshape(-1))).reshape(2, pairs)
            values = np.concatenate([reduce(y + b, window), passing], axis=1)
        indices: U32 = values[1]
        return indices

    def reveal(self, channel: Channel, share: U32) -> None:
        """Send its share of the index."""
        channel.send(Tag.REVEAL, pack(share, self._shape.window))


def _client(shape: ArgmaxShape | AllPairsShape) -> OpeningClient:
    return ArgmaxClient(shape) if isinstance(shape, ArgmaxShape) else AllPairsClient(shape)


def _server(shape: ArgmaxShape | AllPairsShape) -> OpeningServer:
    return ArgmaxServer(shape) if isinstance(shape, ArgmaxShape) else AllPairsServer(shape)


ARGMAX = OpeningOperation(Argmax, argmax_shape, _client, lambda shape, tensors: _server(shape))
