"""Truncation without ReLU: y = trunc_f(x), sign-extended from a window of m bits into Z_2^out_bits.

SiRNN (eprint 2021/459), section 4.2, signed extension: adding 2^(m-2) makes the value non-negative with a zero msb,
so the wrap of the shares is (msb_c OR msb_s), one product of both parties' bits. The server's bit is opened under its
mask mu, whose product with the client's was shared beforehand (gate.py); the client's share is steered.
|x / 2^f| < 2^(m-2).
Flights: two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snni.model.plan import Plan
from snni.model.steps import Rescale
from snni.ring.arithmetic import reduce
from snni.ring.random import uniform
from snni.ring.truncation import truncate_mask, truncate_masked
from snni.twoparty import _nonlinear
from snni.twoparty.nonlinear.compare import ComparisonProtocol
from snni.twoparty.nonlinear.correlations import Correlations
from snni.twoparty.nonlinear.leaf import LEAF
from snni.twoparty.nonlinear.operation import InteractiveOperation
from snni.twoparty.nonlinear.ots import RandomOtReceiver, RandomOtSender
from snni.twoparty.nonlinear.tags import Tag
from snni.wire.channel import Channel
from snni.wire.packing import U32, Reader, pack, packed_bytes
from snni.wire.traffic import Traffic, alternating
from snni.wire.turns import Receive, Send, Turns


@dataclass(frozen=True)
class RescaleShape:
    """shape: of the value. ring_bits: of x. shift: f. window: m. out_bits: of y, at least m."""

    shape: tuple[int, ...]
    ring_bits: int
    shift: int
    window: int
    out_bits: int

    @property
    def n(self) -> int:
        return int(np.prod(self.shape))

    @property
    def bias(self) -> np.uint32:
        return np.uint32(1 << (self.window - 2))

    @property
    def messages(self) -> tuple[int, int]:
        """Payload bytes of the server's message and the client's."""
        return packed_bytes(self.n, 1), packed_bytes(self.n, self.out_bits)

    @property
    def high_bits(self) -> int:
        """Ring bits above the window; 1 where there are none, which falls out of the ring."""
        return max(1, self.out_bits - self.window)

    @property
    def traffic(self) -> Traffic:
        """Online."""
        return alternating(self.messages)

    @property
    def correlations(self) -> Correlations:
        """The client sends one transfer a value."""
        return Correlations(client_sends=((self.n, 1),), prepared=(packed_bytes(self.n, self.high_bits),))

    @property
    def lookups(self) -> int:
        """None: the sign is known."""
        return 0


def rescale_shape(step: Rescale, plan: Plan, comparison: ComparisonProtocol = LEAF) -> RescaleShape:
    """Of a step of ``plan``. It does not compare."""
    x = plan.values[step.x]
    return RescaleShape(x.shape, x.ring_bits, step.shift, step.window, step.out_bits)


class RescaleClient:
    def __init__(self, shape: RescaleShape) -> None:
        self._shape = shape

    def prepare_receive(self, ots: RandomOtReceiver, c: U32, mask: U32 | None) -> U32:
        shape = self._shape
        if mask is None:
            mask = uniform(shape.shape, shape.out_bits)
        self._x = truncate_mask(c, shape.shift, shape.window).reshape(-1)
        self._steer = np.uint32(0) - mask.reshape(-1)
        return mask

    def prepare_send(self, ots: RandomOtSender) -> None:
        """Shares what its values wrap by."""
        shape = self._shape
        self._wraps, corrections = np.empty(shape.n, np.uint32), np.empty(shape.n, np.uint32)
        _nonlinear.mask_wrap(self._x, *ots.pads(shape.n), shape.window, shape.high_bits, self._wraps, corrections)
        self._corrections = pack(corrections, shape.high_bits)

    def send_prepared(self, channel: Channel) -> None:
        channel.send(Tag.PRODUCTS, self._corrections)
        self._corrections = b""

    def turns(self) -> Turns[None]:
        shape = self._shape
        reader = Reader((yield Receive(Tag.MSB, shape.messages[0])))
        eps = reader.bytes(shape.n, 1)
        reader.end()
        y = np.empty(shape.n, np.uint32)
        _nonlinear.client_extended(eps, self._x, self._wraps, shape.window, shape.out_bits, y)
        yield Send(Tag.STEER, pack(y + self._steer, shape.out_bits))


class RescaleServer:
    def __init__(self, shape: RescaleShape) -> None:
        self._shape = shape

    def prepare_send(self, ots: RandomOtSender) -> None:
        """Nothing: only the client sends OTs here."""

    def prepare_receive(self, ots: RandomOtReceiver) -> None:
        self._mu, self._pad = ots.pads(self._shape.n)

    def receive_prepared(self, channel: Channel) -> None:
        """Takes its shares of what the client's values wrap by."""
        shape = self._shape
        reader = Reader(channel.recv(Tag.PRODUCTS, packed_bytes(shape.n, shape.high_bits)))
        corrections, self._wraps = reader.words(shape.n, shape.high_bits), np.empty(shape.n, np.uint32)
        reader.end()
        _nonlinear.unmask_payload(self._mu, self._pad, corrections, shape.high_bits, self._wraps)

    def turns(self, s: U32) -> Turns[U32]:
        shape = self._shape
        x = truncate_masked(s, shape.ring_bits, shape.shift, shape.window).reshape(-1)
        x = reduce(x + shape.bias, shape.window)
        msb = (x >> np.uint32(shape.window - 1)).astype(np.uint8)
        eps = msb ^ self._mu
        yield Send(Tag.MSB, pack(eps, 1))
        reader = Reader((yield Receive(Tag.STEER, shape.messages[1])))
        steered = reader.words(shape.n, shape.out_bits)
        reader.end()
        y = np.empty(shape.n, np.uint32)
        _nonlinear.server_extended(eps, x, self._wraps, shape.window, shape.out_bits, y)
        return reduce(y + steered - shape.bias, shape.out_bits).reshape(shape.shape)


RESCALE = InteractiveOperation(
    Rescale, rescale_shape, RescaleClient, lambda shape, tensors: RescaleServer(shape), draws_output=True
)
