"""The steered gate: y = 1{x >= 0} * x, the client's share of y being a mask that the client chose beforehand.

SiRNN (eprint 2021/459), sections 3 and 4.2: derivative of ReLU by Compare, multiplexer by two OTs, ring extension with
the wrap taken from the two msbs; the bit is opened under a mask whose products were shared beforehand, as ABY2.0
(Patra, Schneider, Suresh, Yalame, eprint 2020/1225), section 3, opens values.
x = c + s in Z_2^window, |x| < 2^(window - 1).

  y_s + r = 1{x >= 0} x  mod 2^bits  <- Gate(c, r at client, offline; s at server, online).  Semi-honest; exact.

With extend, bits may exceed window: for x >= 0 the shares' wrap is (msb_c OR msb_s). Without, bits = window. `lanes`
multiplexes further payloads by the same bit (argmax carries the index), each under a mask of its own.
Paper -> code: the bit's mask lambda = lambda_c XOR lambda_s, both random choices of OTs; mu, the server's, masks msb_s;
delta = d XOR lambda and eps = msb_s XOR mu are opened (native/twoparty/nonlinear/multiplex.h has the sums).

With ignored = g, the comparison drops g low bits of both shares (Circa, Ghodsi et al., arXiv 2106.08475, truncated sign
test) while the payload keeps them: the bit is 1{x >= u - h}, u uniform in 0..2^g - 1 (the client's low bits) and
h = 2^(g-1) - 1 what the server adds to its share, so that both signs err alike, and only where |x| <= h. DESIGN.md has
the argument. y = x where the bit is 1, also for the -h <= x < 0 that it lets pass.
Differs from SiRNN: products with the bit's mask are shared ahead; the client sends last, its part less r (steering).
Flights: those of the comparison, its last from the server, and one more.
"""

from __future__ import annotations

import numpy as np

from snni.twoparty import _nonlinear
from snni.twoparty.nonlinear.gate_shape import GateShape
from snni.twoparty.nonlinear.ots import RandomOtReceiver, RandomOtSender
from snni.twoparty.nonlinear.tags import Tag
from snni.wire.channel import Channel
from snni.wire.packing import U8, U32, Reader, pack
from snni.wire.turns import Receive, Send, Turns

_BITS, _WORDS = np.empty(0, np.uint8), np.empty(0, np.uint32)


def _msb(x: U32, shape: GateShape) -> U8:
    """The most significant bit of a share mod 2^window."""
    return (x >> np.uint32(shape.window - 1)).astype(np.uint8) & np.uint8(1)


class GateClient:
    """Prepared from c (and the mask r) offline, run once."""

    def __init__(self, shape: GateShape) -> None:
        self.shape = shape
        self._compare = shape.comparison.client(shape.compare)
        self._corrections = b""

    def prepare_receive(self, ots: RandomOtReceiver, x: U32, mask: U32, addend: U32 | None) -> None:
        """x: the client's shares of the payload, uint32 [lanes * n], the compared value first.

        mask: its share of the result, uint32 [lanes * n] mod 2^bits. addend: its share of a value that is added to
        the result after the gate (max: b + gate(a - b)), or None.
        """
        self._x = x
        self._steer = mask if addend is None else mask - addend
        self._msb = _msb(x[: self.shape.n], self.shape)
        self._compare.prepare_receive(ots, x[: self.shape.n])
        self._lambda, self._pad = ots.pads(self.shape.payload)

    def prepare_send(self, ots: RandomOtSender) -> None:
        """Shares the products of its values with the bits' masks."""
        shape = self.shape
        self._compare.prepare_send(ots)
        low, corrections = np.empty(shape.payload, np.uint32), np.empty(shape.payload, np.uint32)
        self._products = low, _WORDS
        if not shape.extend:
            _nonlinear.mask_payload(self._lambda, self._x, *ots.pads(shape.payload), shape.bits, low, corrections)
            self._corrections = pack(corrections, shape.bits)
            return
        high, others = np.empty(3 * shape.n, np.uint32), np.empty(5 * shape.n, np.uint32)
        pads, sizes = ots.crossed(shape.n).reshape(-1), (shape.window, shape.bits)
        _nonlinear.mask_extended(self._lambda, self._x, pads, *sizes, low, high, corrections, others)
        self._products = low, high
        self._corrections = pack(corrections, shape.bits) + pack(others, shape.high_bits)

    def send_prepared(self, channel: Channel) -> None:
        self._compare.send_prepared(channel)
        channel.send(Tag.PRODUCTS, self._corrections)
        self._corrections = b""

    def turns(self) -> Turns[None]:
        """One evaluation; the client's share of the result is the mask it chose."""
        shape = self.shape
        eps, z = _BITS, _WORDS

        def head(reader: Reader) -> None:
            nonlocal eps, z
            eps = reader.bytes(shape.n, 1) if shape.extend else _BITS
            z = reader.words(shape.payload, shape.bits)

        carry, reader = yield from self._compare.turns(iter(shape.messages[0::2]), head)
        theirs = reader.bytes(shape.payload, 1)
        reader.end()
        ours = np.tile(carry ^ self._msb, shape.lanes) ^ self._lambda
        y = np.empty(shape.payload, np.uint32)
        taken = (self._lambda, self._x, self._pad, z, *self._products, shape.window, shape.bits)
        _nonlinear.client_part(ours ^ theirs, eps, *taken, y)
        yield Send(Tag.STEER, pack(ours, 1) + pack(y - self._steer, shape.bits))


class GateServer:
    """Prepared without its operand, run once on s."""

    def __init__(self, shape: GateShape) -> None:
        self.shape = shape
        self._compare = shape.comparison.server(shape.compare)

    def prepare_send(self, ots: RandomOtSender) -> None:
        self._compare.prepare_send(ots)
        self._p0, self._p1 = ots.pads(self.shape.payload)

    def prepare_receive(self, ots: RandomOtReceiver) -> None:
        self._compare.prepare_receive(ots)
        if self.shape.extend:
            self._choices, pad = ots.crossed(self.shape.n)
            self._pad = pad.reshape(-1)
        else:
            self._choices, self._pad = ots.pads(self.shape.payload)

    def receive_prepared(self, channel: Channel) -> None:
        """Takes its shares of the products with the bits' masks."""
        shape = self.shape
        self._compare.receive_prepared(channel)
        reader = Reader(channel.recv(Tag.PRODUCTS, shape.corrections_bytes))
        corrections, low = reader.words(shape.payload, shape.bits), np.empty(shape.payload, np.uint32)
        self._lambda = self._choices & np.uint8(1)
        if not shape.extend:
            _nonlinear.unmask_payload(self._lambda, self._pad, corrections, shape.bits, low)
            self._products = low, _WORDS
        else:
            others, high = reader.words(5 * shape.n, shape.high_bits), np.empty(3 * shape.n, np.uint32)
            sizes = (shape.window, shape.bits)
            _nonlinear.unmask_extended(self._choices, self._pad, corrections, others, *sizes, low, high)
            self._products = low, high
        reader.end()
        self._pad = _WORDS

    def turns(self, x: U32) -> Turns[U32]:
        """x: the server's shares of the payload, uint32 [lanes * n] mod 2^window. Its shares of the result."""
        shape = self.shape
        half = np.uint32(shape.half)
        centred = x[: shape.n] + half if half else x[: shape.n]  # bits above the window are read by nobody
        msb = _msb(centred, shape)
        if half and shape.extend:  # as an integer in [-h, 2^window - h): what msb says of its wrap is true of this one
            x = centred & np.uint32((1 << shape.window) - 1)
            x -= half
        eps = msb ^ (self._choices >> np.uint8(1)) if shape.extend else _BITS
        z, ours = np.empty(shape.payload, np.uint32), np.empty(shape.payload, np.uint8)
        _nonlinear.server_product(self._lambda, x, self._p0, self._p1, shape.bits, z)
        head = (pack(eps, 1) if shape.extend else b"") + pack(z, shape.bits)

        def tail(carry: U8) -> bytes:
            ours[:] = np.tile(carry ^ msb ^ np.uint8(1), shape.lanes) ^ self._lambda
            return pack(ours, 1)

        yield from self._compare.turns(centred, iter(shape.messages[1::2]), head, tail)
        reader = Reader((yield Receive(Tag.STEER, shape.steer_bytes)))
        delta = reader.bytes(shape.payload, 1) ^ ours
        steered = reader.words(shape.payload, shape.bits)
        reader.end()
        y = np.empty(shape.payload, np.uint32)
        taken = (self._lambda, x, self._p0, *self._products, shape.window, shape.bits)
        _nonlinear.server_part(delta, eps, *taken, y)
        result: U32 = (y + steered) & np.uint32((1 << shape.bits) - 1)
        return result
