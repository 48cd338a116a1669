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
from snni.twoparty.nonlinear.kept import Kept
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
        shape = self.shape
        self._x, self._steer = Kept(x, shape.window), Kept(mask if addend is None else mask - addend, shape.bits)
        self._compare.prepare_receive(ots, x[: shape.n])
        bit, pad = ots.pads(shape.payload)
        self._lambda, self._pad = Kept(bit, 1), Kept(pad, shape.bits)

    def prepare_send(self, ots: RandomOtSender) -> None:
        """Shares the products of its values with the bits' masks."""
        shape, own = self.shape, (self._lambda.bytes(), self._x.words())
        self._compare.prepare_send(ots)
        low, corrections = np.empty(shape.payload, np.uint32), np.empty(shape.payload, np.uint32)
        if not shape.extend:
            _nonlinear.mask_payload(*own, *ots.pads(shape.payload), shape.bits, low, corrections)
            self._products = Kept(low, shape.bits), Kept(_WORDS, 1)
            self._corrections = pack(corrections, shape.bits)
            return
        high, others = np.empty(3 * shape.n, np.uint32), np.empty(5 * shape.n, np.uint32)
        pads, sizes = ots.crossed(shape.n).reshape(-1), (shape.window, shape.bits)
        _nonlinear.mask_extended(*own, pads, *sizes, low, high, corrections, others)
        self._products = Kept(low, shape.bits), Kept(high, shape.high_bits)
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
        lambda_c, x = self._lambda.bytes(), self._x.words()
        ours = np.tile(carry ^ _msb(x[: shape.n], shape), shape.lanes) ^ lambda_c
        y, (low, high) = np.empty(shape.payload, np.uint32), (kept.words() for kept in self._products)
        taken = (lambda_c, x, self._pad.words(), z, low, high, shape.window, shape.bits)
        _nonlinear.client_part(ours ^ theirs, eps, *taken, y)
        yield Send(Tag.STEER, pack(ours, 1) + pack(y - self._steer.words(), shape.bits))


class GateServer:
    """Prepared without its operand, run once on s."""

    def __init__(self, shape: GateShape) -> None:
        self.shape = shape
        self._compare = shape.comparison.server(shape.compare)

    def prepare_send(self, ots: RandomOtSender) -> None:
        self._compare.prepare_send(ots)
        self._p0, self._p1 = (Kept(pad, self.shape.bits) for pad in ots.pads(self.shape.payload))

    def prepare_receive(self, ots: RandomOtReceiver) -> None:
        shape = self.shape
        self._compare.prepare_receive(ots)
        choices, pad = ots.crossed(shape.n) if shape.extend else ots.pads(shape.payload)
        self._choices, self._pad = (
            Kept(choices, 2),
            Kept(pad, shape.bits),
        )  # pads of what is above the window are shorter

    def receive_prepared(self, channel: Channel) -> None:
        """Takes its shares of the products with the bits' masks."""
        shape = self.shape
        self._compare.receive_prepared(channel)
        reader = Reader(channel.recv(Tag.PRODUCTS, shape.corrections_bytes))
        corrections, low = reader.words(shape.payload, shape.bits), np.empty(shape.payload, np.uint32)
        choices, pad = self._choices.bytes(), self._pad.words()
        self._lambda = Kept(choices & np.uint8(1), 1)
        if not shape.extend:
            _nonlinear.unmask_payload(choices, pad, corrections, shape.bits, low)
            self._products = Kept(low, shape.bits), Kept(_WORDS, 1)
        else:
            others, high = reader.words(5 * shape.n, shape.high_bits), np.empty(3 * shape.n, np.uint32)
            sizes = (shape.window, shape.bits)
            _nonlinear.unmask_extended(choices, pad, corrections, others, *sizes, low, high)
            self._products = Kept(low, shape.bits), Kept(high, shape.high_bits)
        reader.end()
        self._pad = Kept(_WORDS, 1)

    def turns(self, x: U32) -> Turns[U32]:
        """x: the server's shares of the payload, uint32 [lanes * n] mod 2^window. Its shares of the result."""
        shape = self.shape
        half = np.uint32(shape.half)
        centred = x[: shape.n] + half if half else x[: shape.n]  # bits above the window are read by nobody
        msb = _msb(centred, shape)
        if half and shape.extend:  # as an integer in [-h, 2^window - h): what msb says of its wrap is true of this one
            x = centred & np.uint32((1 << shape.window) - 1)
            x -= half
        eps = msb ^ (self._choices.bytes() >> np.uint8(1)) if shape.extend else _BITS
        z, ours = np.empty(shape.payload, np.uint32), np.empty(shape.payload, np.uint8)
        lambda_s, p0 = self._lambda.bytes(), self._p0.words()
        _nonlinear.server_product(lambda_s, x, p0, self._p1.words(), shape.bits, z)
        head = (pack(eps, 1) if shape.extend else b"") + pack(z, shape.bits)

        def tail(carry: U8) -> bytes:
            ours[:] = np.tile(carry ^ msb ^ np.uint8(1), shape.lanes) ^ lambda_s
            return pack(ours, 1)

        yield from self._compare.turns(centred, iter(shape.messages[1::2]), head, tail)
        reader = Reader((yield Receive(Tag.STEER, shape.steer_bytes)))
        delta = reader.bytes(shape.payload, 1) ^ ours
        steered = reader.words(shape.payload, shape.bits)
        reader.end()
        y, (low, high) = np.empty(shape.payload, np.uint32), (kept.words() for kept in self._products)
        taken = (lambda_s, x, p0, low, high, shape.window, shape.bits)
        _nonlinear.server_part(delta, eps, *taken, y)
        result: U32 = (y + steered) & np.uint32((1 << shape.bits) - 1)
        return result
