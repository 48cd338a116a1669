"""Index of the largest of F values, revealed to the client alone; ties go to the lowest index.

A tournament of steered gates (gate.py): the index travels as a second lane under the same comparison bit.
  client <- argmax([x]);  server <- nothing.   Exact; |x_i - x_j| < 2^(window - 1).
The last message is the server's share of the index, uniform but for the index itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snni.errors import ParameterError, WireError
from snni.twoparty.nonlinear.compare import Gadget
from snni.twoparty.nonlinear.cost import reveal_bytes
from snni.twoparty.nonlinear.gate import GateClient, GateServer, GateShape
from snni.twoparty.nonlinear.ots import RandomOtReceiver, RandomOtSender
from snni.twoparty.nonlinear.wire import U32, Reader, Tag, pack
from snni.twoparty.shares import reduce, uniform
from snni.wire.channel import Channel


@dataclass(frozen=True)
class ArgmaxShape:
    """F values compared in Z_2^window; F <= 2^(window - 1)."""

    values: int
    window: int
    gadget: Gadget = "leaf"

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
        return GateShape(pairs, self.window, self.window, extend=False, lanes=2, gadget=self.gadget)


def _pairs(values: U32, pairs: int) -> tuple[U32, U32, U32]:
    """values [2, left] -> (earlier [2, pairs], later [2, pairs], passing [2, 0 or 1])."""
    return values[:, 0 : 2 * pairs : 2], values[:, 1 : 2 * pairs : 2], values[:, 2 * pairs :]


class ArgmaxClient:
    def __init__(self, shape: ArgmaxShape) -> None:
        self._shape = shape
        self._gates = [GateClient(shape.gate(pairs)) for pairs in shape.rounds]

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

    def prepare_send(self, ots: RandomOtSender) -> None:
        for gate in self._gates:
            gate.prepare_send(ots)

    def send_prepared(self, channel: Channel) -> None:
        for gate in self._gates:
            gate.send_prepared(channel)

    def run(self, channel: Channel) -> None:
        for gate in self._gates:
            gate.run(channel)

    def reveal(self, channel: Channel) -> int:
        """Take the server's share and open the index, in [0, F). Raises WireError: it opens to no index."""
        reader = Reader(channel.recv(Tag.REVEAL, reveal_bytes(self._shape)))
        share = reader.words(1, self._shape.window)
        reader.end()
        index = int(reduce(share + self._share, self._shape.window)[0])
        if index >= self._shape.values:  # the peer left the protocol; the number itself stays out of texts
            raise WireError(f"what was opened is no index below {self._shape.values}")
        return index


class ArgmaxServer:
    def __init__(self, shape: ArgmaxShape) -> None:
        self._shape = shape
        self._gates = [GateServer(shape.gate(pairs)) for pairs in shape.rounds]

    def prepare_send(self, ots: RandomOtSender) -> None:
        for gate in self._gates:
            gate.prepare_send(ots)

    def prepare_receive(self, ots: RandomOtReceiver) -> None:
        for gate in self._gates:
            gate.prepare_receive(ots)

    def receive_prepared(self, channel: Channel) -> None:
        for gate in self._gates:
            gate.receive_prepared(channel)

    def run(self, channel: Channel, s: U32) -> U32:
        window = self._shape.window
        index = np.arange(self._shape.values, dtype=np.uint32)
        values = np.stack([reduce(s.reshape(-1), window), index])
        for gate, pairs in zip(self._gates, self._shape.rounds, strict=True):
            a, b, passing = _pairs(values, pairs)
            y = gate.run(channel, reduce(a - b, window).reshape(-1)).reshape(2, pairs)
            values = np.concatenate([reduce(y + b, window), passing], axis=1)
        indices: U32 = values[1]
        return indices

    def reveal(self, channel: Channel, share: U32) -> None:
        """Send its share of the index."""
        channel.send(Tag.REVEAL, pack(share, self._shape.window))
