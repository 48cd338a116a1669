"""ReLU with truncation: y = relu(trunc_f(x)), from Z_2^k through a window of m bits into Z_2^out_bits.

One steered gate (gate.py) on the truncated, reduced shares.  [y] <- Relu([x]);  exact given the shares' truncation,
which is off from x / 2^f by less than one unit and unbiased (shares.py), and given the low bits that the comparison
ignores: a value next to zero, within what they can tell, may be taken for one of the other sign.
"""

from __future__ import annotations

from dataclasses import dataclass

from snni.twoparty.nonlinear.compare import Gadget
from snni.twoparty.nonlinear.gate import GateClient, GateServer, GateShape
from snni.twoparty.nonlinear.ots import RandomOtReceiver, RandomOtSender
from snni.twoparty.nonlinear.wire import U32
from snni.twoparty.shares import truncate_client, truncate_server, uniform
from snni.wire.channel import Channel


@dataclass(frozen=True)
class ReluShape:
    """shape: of the value. ring_bits: of x. shift: f. window: m. out_bits: of y. ignored: of the window, low ones."""

    shape: tuple[int, ...]
    ring_bits: int
    shift: int
    window: int
    out_bits: int
    gadget: Gadget = "leaf"
    ignored: int = 0

    @property
    def gate(self) -> GateShape:
        count = 1
        for side in self.shape:
            count *= side
        extend = self.out_bits > self.window
        return GateShape(count, self.window, self.out_bits, extend, gadget=self.gadget, ignored=self.ignored)


class ReluClient:
    def __init__(self, shape: ReluShape) -> None:
        self._shape = shape
        self._gate = GateClient(shape.gate)

    def prepare_receive(self, ots: RandomOtReceiver, c: U32, mask: U32 | None) -> U32:
        if mask is None:
            mask = uniform(self._shape.shape, self._shape.out_bits)
        x = truncate_client(c, self._shape.shift, self._shape.window)
        self._gate.prepare_receive(ots, x.reshape(-1), mask.reshape(-1), None)
        return mask

    def prepare_send(self, ots: RandomOtSender) -> None:
        self._gate.prepare_send(ots)

    def send_prepared(self, channel: Channel) -> None:
        self._gate.send_prepared(channel)

    def run(self, channel: Channel) -> None:
        self._gate.run(channel)


class ReluServer:
    def __init__(self, shape: ReluShape) -> None:
        self._shape = shape
        self._gate = GateServer(shape.gate)

    def prepare_send(self, ots: RandomOtSender) -> None:
        self._gate.prepare_send(ots)

    def prepare_receive(self, ots: RandomOtReceiver) -> None:
        self._gate.prepare_receive(ots)

    def receive_prepared(self, channel: Channel) -> None:
        self._gate.receive_prepared(channel)

    def run(self, channel: Channel, s: U32) -> U32:
        x = truncate_server(s, self._shape.ring_bits, self._shape.shift, self._shape.window)
        return self._gate.run(channel, x.reshape(-1)).reshape(self._shape.shape)
