"""The steered gate: y = 1{x >= 0} * x, the client's share of y being a mask that the client chose beforehand.

SiRNN (eprint 2021/459), sections 3 and 4.2: derivative of ReLU by Compare, multiplexer by two OTs, ring extension with
the wrap taken from the two msbs.  x = c + s in Z_2^window, |x| < 2^(window - 1).

  y_s + r = 1{x >= 0} x  mod 2^bits  <- Gate(c, r at client, offline; s at server, online).  Semi-honest; exact.

With extend, bits may exceed window: for x >= 0 the shares' wrap is (msb_c OR msb_s), so the client's messages over
(d_s, msb_s) cover it; their low bits depend on d_s alone. Without, bits = window and two messages do. `lanes`
multiplexes further payloads by the same d (argmax carries the index).

With ignored = g, the comparison drops g low bits of both shares (Circa, Ghodsi et al., arXiv 2106.08475, truncated sign
test) while the payload keeps them: the bit is 1{x >= u - h}, u uniform in 0..2^g - 1 (the client's low bits) and
h = 2^(g-1) - 1 what the server adds to its share, so that both signs err alike, and only where |x| <= h. DESIGN.md has
the argument. y = x where the bit is 1, also for the -h <= x < 0 that it lets pass.
Differs from SiRNN: the client sends last and folds r into its messages (steering), which its uniform pads hide; the
server corrects its product before it knows the client's choice, and both adjust their shares to it (server_part).
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


def _msb(x: U32, shape: GateShape) -> U8:
    """The most significant bit of a share mod 2^window."""
    return (x >> np.uint32(shape.window - 1)).astype(np.uint8) & np.uint8(1)


class GateClient:
    """Prepared from c (and the mask r) offline, run once."""

    def __init__(self, shape: GateShape) -> None:
        self.shape = shape
        self._compare = shape.comparison.client(shape.compare)

    def prepare_receive(self, ots: RandomOtReceiver, x: U32, mask: U32, addend: U32 | None) -> None:
        """x: the client's shares of the payload, uint32 [lanes * n], the compared value first.

        mask: its share of the result, uint32 [lanes * n] mod 2^bits. addend: its share of a value that is added to
        the result after the gate (max: b + gate(a - b)), or None.
        """
        self._x = x
        self._steer = mask if addend is None else mask - addend
        self._msb = _msb(x[: self.shape.n], self.shape)
        self._compare.prepare_receive(ots, x[: self.shape.n])
        self._rho, self._pad = ots.pads(self.shape.payload)

    def prepare_send(self, ots: RandomOtSender) -> None:
        self._compare.prepare_send(ots)
        if self.shape.extend:
            self._pads = ots.nested(self.shape.n).reshape(-1)
        else:
            self._p0, self._p1 = ots.pads(self.shape.payload)

    def send_prepared(self, channel: Channel) -> None:
        self._compare.send_prepared(channel)

    def turns(self) -> Turns[None]:
        """One evaluation; the client's share of the result is the mask it chose."""
        shape = self.shape
        carry, reader = yield from self._compare.turns(iter(shape.messages[0::2]))
        flip = reader.bytes(shape.payload, shape.choice_bits)
        z = reader.words(shape.payload, shape.bits)
        reader.end()
        d = np.tile(carry ^ self._msb, shape.lanes)
        v = np.empty(shape.payload, np.uint32)
        _nonlinear.client_product(d, self._rho, self._pad, z, shape.bits, v)
        yield Send(Tag.STEER, pack(d ^ self._rho, 1) + self._messages(d, v - self._steer, flip))

    def _messages(self, d: U8, t: U32, flip: U8) -> bytes:
        shape = self.shape
        if not shape.extend:
            messages = np.empty(2 * shape.payload, np.uint32)
            _nonlinear.client_messages2(d, self._x, t, self._p0, self._p1, flip, shape.bits, messages)
            return pack(messages, shape.bits)
        low, high = np.empty(2 * shape.n, np.uint32), np.empty(4 * shape.n, np.uint32)
        _nonlinear.client_messages4(d, self._x, t, self._pads, flip, shape.window, shape.bits, low, high)
        return pack(low, shape.window) + pack(high, shape.bits - shape.window)


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
            self._rho, pad = ots.nested(self.shape.n)
            self._pad = pad.reshape(-1)
        else:
            self._rho, self._pad = ots.pads(self.shape.payload)

    def receive_prepared(self, channel: Channel) -> None:
        self._compare.receive_prepared(channel)

    def turns(self, x: U32) -> Turns[U32]:
        """x: the server's shares of the payload, uint32 [lanes * n] mod 2^window. Its shares of the result."""
        shape = self.shape
        half = np.uint32(shape.half)
        centred = x[: shape.n] + half if half else x[: shape.n]  # bits above the window are read by nobody
        msb = _msb(centred, shape)
        if half and shape.extend:  # as an integer in [-h, 2^window - h): what msb says of its wrap is true of this one
            x = centred & np.uint32((1 << shape.window) - 1)
            x -= half
        d = np.empty(shape.payload, np.uint8)

        def tail(carry: U8) -> bytes:
            d[:] = np.tile(carry ^ msb ^ np.uint8(1), shape.lanes)
            choice = d | (msb << np.uint8(1)) if shape.extend else d
            z = np.empty(shape.payload, np.uint32)
            _nonlinear.server_product(d, x, self._p0, self._p1, shape.bits, z)
            return pack(choice ^ self._rho, shape.choice_bits) + pack(z, shape.bits)

        yield from self._compare.turns(centred, iter(shape.messages[1::2]), tail)
        reader = Reader((yield Receive(Tag.STEER, shape.steer_bytes)))
        delta = reader.bytes(shape.payload, 1)
        out = self._chosen(reader)
        reader.end()
        w = np.empty(shape.payload, np.uint32)
        _nonlinear.server_part(d, x, self._p0, delta, shape.bits, w)
        result: U32 = (out + w) & np.uint32((1 << shape.bits) - 1)
        return result

    def _chosen(self, reader: Reader) -> U32:
        shape = self.shape
        out = np.empty(shape.payload, np.uint32)
        if shape.extend:
            low, high = reader.words(2 * shape.n, shape.window), reader.words(4 * shape.n, shape.bits - shape.window)
            _nonlinear.server_choose4(low, high, self._rho, self._pad, shape.window, shape.bits, out)
        else:
            messages = reader.words(2 * shape.payload, shape.bits)
            _nonlinear.server_choose(messages, self._rho, self._pad, shape.bits, out)
        return out
