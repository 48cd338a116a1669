"""The steered gate: y = 1{x >= 0} * x, the client's share of y being a mask that the client chose beforehand.

SiRNN (eprint 2021/459), sections 3 and 4.2: derivative of ReLU by Compare, multiplexer by two OTs, ring extension with
the wrap taken from the two msbs.  x = c + s in Z_2^window, |x| < 2^(window - 1).

  y_s + r = 1{x >= 0} x  mod 2^bits  <- Gate(c, r at client, offline; s at server, online).  Semi-honest; exact.

With extend, bits may exceed window: for x >= 0 the shares' wrap is (msb_c OR msb_s), so the client's four messages
over (d_s, msb_s) cover it. Without, bits = window and two messages do. `lanes` multiplexes further payloads by the
same d (argmax carries the index). Differs from SiRNN: the client sends last and folds r into its messages (steering);
its uniform pads hide them. Flights: leaf, then one a tree level, four more (three where the tree's depth is odd).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snni import _nonlinear
from snni.errors import ParameterError
from snni.nonlinear.compare import CompareClient, CompareServer, CompareShape
from snni.nonlinear.cost import gate_messages
from snni.nonlinear.ots import RandomOtReceiver, RandomOtSender
from snni.nonlinear.wire import U8, U32, Reader, Tag, pack
from snni.transport import Channel


@dataclass(frozen=True)
class GateShape:
    """n values; window and bits in ring bits; lanes >= 1 payloads of n values each (1 when extending)."""

    n: int
    window: int
    bits: int
    extend: bool
    lanes: int = 1

    def __post_init__(self) -> None:
        if not 2 <= self.window <= self.bits <= 32:
            raise ParameterError(f"window of {self.window} bits in a ring of {self.bits}")
        if self.window != self.bits and not self.extend:
            raise ParameterError("a wider output ring needs extend")
        if self.lanes < 1 or (self.extend and self.lanes != 1):
            raise ParameterError(f"{self.lanes} lanes")

    @property
    def compare(self) -> CompareShape:
        return CompareShape(self.n, self.window - 1)

    @property
    def payload(self) -> int:
        """Multiplexed values."""
        return self.n * self.lanes

    @property
    def choice_bits(self) -> int:
        """Bits of the server's choice: d_s, and msb_s when extending."""
        return 2 if self.extend else 1

    @property
    def slots(self) -> int:
        """Messages of the client for every value: one for each choice of the server."""
        return 1 << self.choice_bits

    @property
    def delta_with_opening(self) -> bool:
        """An odd tree leaves the client with the last opening to send; its delta rides along."""
        return len(self.compare.levels) % 2 == 1


class GateClient:
    """Prepared from c (and the mask r) offline, run once."""

    def __init__(self, shape: GateShape) -> None:
        self.shape = shape
        self._compare = CompareClient(shape.compare)

    def prepare_receive(self, ots: RandomOtReceiver, x: U32, mask: U32, addend: U32 | None) -> None:
        """x: the client's shares of the payload, uint32 [lanes * n], the compared value first.

        mask: its share of the result, uint32 [lanes * n] mod 2^bits. addend: its share of a value that is added to
        the result after the gate (max: b + gate(a - b)), or None.
        """
        self._x = x
        self._steer = mask if addend is None else mask - addend
        low = x[: self.shape.n] & np.uint32((1 << (self.shape.window - 1)) - 1)
        self._msb = (x[: self.shape.n] >> np.uint32(self.shape.window - 1)).astype(np.uint8) & np.uint8(1)
        self._compare.prepare_receive(ots, low)
        self._rho, self._pad = ots.pads(self.shape.payload)

    def prepare_send(self, ots: RandomOtSender) -> None:
        self._compare.prepare_send(ots)
        if self.shape.extend:
            self._pads4 = ots.pads4(self.shape.n)
        else:
            self._pads2 = ots.pads(self.shape.payload)

    def send_choices(self, channel: Channel) -> None:
        self._compare.send_choices(channel)

    def run(self, channel: Channel) -> None:
        """One evaluation; the client's share of the result is the mask it chose."""
        shape = self.shape
        limits = iter(gate_messages(shape)[0::2])
        carry, pending, reader = self._compare.run(channel, limits)
        d = np.tile(carry ^ self._msb, shape.lanes)
        delta = pack(d ^ self._rho, 1)
        if shape.delta_with_opening:
            reader.end()
            channel.send(Tag.OPEN, pending + delta)
            reader = Reader(channel.recv(Tag.MULTIPLEX, next(limits)))
        flip = reader.bytes(shape.payload, shape.choice_bits)
        if not shape.delta_with_opening:
            reader.end()
            channel.send(Tag.DELTA, delta)
            reader = Reader(channel.recv(Tag.PRODUCT, next(limits)))
        z = reader.words(shape.payload, shape.bits)
        reader.end()
        v = np.empty(shape.payload, np.uint32)
        _nonlinear.client_product(d, self._pad, z, shape.bits, v)
        channel.send(Tag.STEER, self._messages(d, v - self._steer, flip))

    def _messages(self, d: U8, t: U32, flip: U8) -> bytes:
        shape = self.shape
        if shape.extend:
            messages = np.empty(4 * shape.n, np.uint32)
            pads = self._pads4.reshape(-1)
            _nonlinear.client_messages4(d, self._x, t, pads, flip, shape.window, shape.bits, messages)
        else:
            messages = np.empty(2 * shape.payload, np.uint32)
            _nonlinear.client_messages2(d, self._x, t, *self._pads2, flip, shape.bits, messages)
        return pack(messages, shape.bits)


class GateServer:
    """Prepared without its operand, run once on s."""

    def __init__(self, shape: GateShape) -> None:
        self.shape = shape
        self._compare = CompareServer(shape.compare)

    def prepare_send(self, ots: RandomOtSender) -> None:
        self._compare.prepare_send(ots)
        self._p0, self._p1 = ots.pads(self.shape.payload)

    def prepare_receive(self, ots: RandomOtReceiver) -> None:
        self._compare.prepare_receive(ots)
        self._rho, self._pad = ots.pads4(self.shape.n) if self.shape.extend else ots.pads(self.shape.payload)

    def receive_choices(self, channel: Channel) -> None:
        self._compare.receive_choices(channel)

    def run(self, channel: Channel, x: U32) -> U32:
        """x: the server's shares of the payload, uint32 [lanes * n] mod 2^window. Its shares of the result."""
        shape = self.shape
        low_mask = np.uint32((1 << (shape.window - 1)) - 1)
        msb = (x[: shape.n] >> np.uint32(shape.window - 1)).astype(np.uint8) & np.uint8(1)
        limits = iter(gate_messages(shape)[1::2])
        carry, pending, reader = self._compare.run(channel, x[: shape.n] & low_mask, limits)
        d = np.tile(carry ^ msb ^ np.uint8(1), shape.lanes)
        choice = d | (msb << np.uint8(1)) if shape.extend else d
        pending += pack(choice ^ self._rho, shape.choice_bits)
        if shape.delta_with_opening:
            z, w = self._product(d, x, reader)
            channel.send(Tag.MULTIPLEX, pending + pack(z, shape.bits))
        else:
            reader.end()
            channel.send(Tag.MULTIPLEX, pending)
            z, w = self._product(d, x, Reader(channel.recv(Tag.DELTA, next(limits))))
            channel.send(Tag.PRODUCT, pack(z, shape.bits))
        reader = Reader(channel.recv(Tag.STEER, next(limits)))
        messages = reader.words(shape.slots * shape.payload, shape.bits)
        reader.end()
        out = np.empty(shape.payload, np.uint32)
        _nonlinear.server_choose(messages, shape.slots, self._rho, self._pad, shape.bits, out)
        result: U32 = (out + w) & np.uint32((1 << shape.bits) - 1)
        return result

    def _product(self, d: U8, x: U32, reader: Reader) -> tuple[U32, U32]:
        delta = reader.bytes(self.shape.payload, 1)
        reader.end()
        z = np.empty(self.shape.payload, np.uint32)
        w = np.empty(self.shape.payload, np.uint32)
        _nonlinear.server_product(d, x, self._p0, self._p1, delta, self.shape.bits, z, w)
        return z, w
