"""The gate in two flights: y = 1{x >= 0} * x by tables of two digits, a last word for either bit of the server.

Functionality, operands and steering are gate.py's. The comparison is that of tables.py, in which the server is behind
by one bit of the client's. It need not wait for it: it chooses the client's last word by oblivious transfer, and sends
its choice for either value of that bit beforehand, each under the random choice of a transfer of its own (Beaver,
"Precomputing Oblivious Transfer", CRYPTO '95, section 2). The client knows the bit, uses that transfer, and sends both
words under its messages; the other transfer is thrown away.

  y_s + r = 1{x >= 0} x  mod 2^bits  <- Gate(c, r at client, offline; s at server, online).  Semi-honest; exact.

The multiplexer (SiRNN, eprint 2021/459, sections 3 and 4.2) is on a share t of the server's that it knows beforehand,
the difference of the messages of the transfer that shares lambda t; online it opens its own less t
(native/twoparty/nonlinear/chosen_word.h has the sums). lambda: the client's mask of the bit, a random choice; lambda':
its mask of the wrap's bit; kappa, mu: the server's masks of what t wraps by and of its top bit, random choices.
Flights: two.
"""

from __future__ import annotations

import numpy as np

from snni.ring.random import uniform_bits
from snni.twoparty import _nonlinear
from snni.twoparty.nonlinear.gate_shape import GateShape
from snni.twoparty.nonlinear.kept import Kept
from snni.twoparty.nonlinear.ots import RandomOtReceiver, RandomOtSender
from snni.twoparty.nonlinear.tables import TablesClient, TablesServer
from snni.twoparty.nonlinear.tags import Tag
from snni.wire.channel import Channel
from snni.wire.packing import U8, U32, Reader, pack
from snni.wire.turns import Receive, Send, Turns

_BITS, _WORDS = np.empty(0, np.uint8), np.empty(0, np.uint32)


def _msb(x: U32, shape: GateShape) -> U8:
    """The most significant bit of a share mod 2^window."""
    return (x >> np.uint32(shape.window - 1)).astype(np.uint8) & np.uint8(1)


def _kept(received: tuple[U8, U32], bits: int) -> tuple[Kept, Kept]:
    """A transfer's choice and so many bits of its message."""
    return Kept(received[0], 1), Kept(received[1], bits)


class TwoFlightClient:
    """Prepared from c (and the mask r) offline, run once."""

    def __init__(self, shape: GateShape) -> None:
        self.shape = shape
        self._compare = TablesClient(shape.compare)
        self._lambda2, self._kappa, self._mu = Kept(_BITS, 1), Kept(_WORDS, 1), Kept(_WORDS, 1)
        self._corrections = b""

    def prepare_receive(self, ots: RandomOtReceiver, x: U32, mask: U32, addend: U32 | None) -> None:
        """As gate.py's: x its shares of the payload, mask its share of the result, addend what is added to that."""
        shape = self.shape
        self._x, self._steer = Kept(x, shape.window), Kept(mask if addend is None else mask - addend, shape.bits)
        self._compare.prepare_receive(ots, x[: shape.n])
        bit, pad = ots.pads(shape.payload)
        self._lambda, self._pad = Kept(bit, 1), Kept(pad, shape.window)

    def prepare_send(self, ots: RandomOtSender) -> None:
        """Pads of both words for either bit; shares of products of bits when extending."""
        shape = self.shape
        self._compare.prepare_send(ots)
        self._words = [Kept(pad, shape.word_bits) for _ in range(2) for pad in ots.pads(shape.payload)]
        if shape.extend:
            lambda2 = uniform_bits(shape.n)
            self._kappa, kappa = self._shared(self._lambda.bytes(), ots)
            self._mu, mu = self._shared(lambda2, ots)
            self._lambda2 = Kept(lambda2, 1)
            self._corrections = pack(kappa, shape.high_bits) + pack(mu, shape.high_bits)

    def _shared(self, bit: U8, ots: RandomOtSender) -> tuple[Kept, U32]:
        """(its shares of a bit of its own times the server's choice, the corrections that give the server the rest)."""
        n, high = self.shape.n, self.shape.high_bits
        shares, corrections = np.empty(n, np.uint32), np.empty(n, np.uint32)
        negated = (bit ^ np.uint8(1)).astype(np.uint32)  # the kernel takes a bit as 1 - msb of a window of one bit
        _nonlinear.mask_wrap(negated, *ots.pads(n), 1, high, shares, corrections)
        return Kept(shares, high), corrections

    def send_prepared(self, channel: Channel) -> None:
        self._compare.send_prepared(channel)
        if self.shape.extend:
            channel.send(Tag.PRODUCTS, self._corrections)
            self._corrections = b""

    def turns(self) -> Turns[None]:
        """One evaluation; the client's share of the result is the mask it chose."""
        shape, n, payload = self.shape, self.shape.n, self.shape.payload
        reader = Reader((yield Receive(Tag.SHIFTS, shape.messages[0])))
        opening, carry = self._compare.look(reader)
        chosen = reader.bytes(payload, 1), reader.bytes(payload, 1)
        eps, phi = (reader.bytes(n, 1), reader.bytes(n, 1)) if shape.extend else (_BITS, _BITS)
        sigma = reader.words(payload, shape.window)
        reader.end()
        x, lambda_c = self._x.words(), self._lambda.bytes()
        mine, bit = np.tile(carry ^ _msb(x[:n], shape), shape.lanes), np.tile(opening, shape.lanes)
        products = self._lambda2.bytes(), phi, eps, self._kappa.words(), self._mu.words()
        taken = (lambda_c, x, self._pad.words(), sigma, *products, self._steer.words())
        words = np.empty(payload, np.uint32), np.empty(payload, np.uint32)
        for theirs, word in enumerate(words):
            _nonlinear.word_of(mine ^ np.uint8(theirs), *taken, shape.half, shape.window, shape.bits, word)
        zero0, one0, zero1, one1 = (kept.words() for kept in self._words)
        _nonlinear.cover_words(bit, *chosen, zero0, one0, zero1, one1, *words)
        self._words = []
        covered = b"".join(pack(word, shape.word_bits) for word in words)
        yield Send(Tag.STEER, pack(opening, 1) + pack(mine ^ lambda_c, 1) + covered)


class TwoFlightServer:
    """Prepared without its operand, run once on s."""

    def __init__(self, shape: GateShape) -> None:
        self.shape = shape
        self._compare = TablesServer(shape.compare)
        self._kappa, self._mu = (Kept(_BITS, 1), Kept(_WORDS, 1)), (Kept(_BITS, 1), Kept(_WORDS, 1))

    def prepare_send(self, ots: RandomOtSender) -> None:
        self._compare.prepare_send(ots)
        self._p0, self._p1 = (Kept(pad, self.shape.window) for pad in ots.pads(self.shape.payload))

    def prepare_receive(self, ots: RandomOtReceiver) -> None:
        shape = self.shape
        self._compare.prepare_receive(ots)
        self._words = [_kept(ots.pads(shape.payload), shape.word_bits) for _ in range(2)]
        if shape.extend:
            self._kappa, self._mu = (_kept(ots.pads(shape.n), shape.high_bits) for _ in range(2))

    def receive_prepared(self, channel: Channel) -> None:
        """Takes its shares of products of bits."""
        shape = self.shape
        self._compare.receive_prepared(channel)
        if shape.extend:
            reader = Reader(channel.recv(Tag.PRODUCTS, shape.corrections_bytes))
            self._kappa, self._mu = (self._product(reader, *masks) for masks in (self._kappa, self._mu))
            reader.end()

    def _product(self, reader: Reader, choice: Kept, pad: Kept) -> tuple[Kept, Kept]:
        """(its choice, its share of that times a bit of the client's)."""
        high, share = self.shape.high_bits, np.empty(self.shape.n, np.uint32)
        _nonlinear.unmask_payload(choice.bytes(), pad.words(), reader.words(self.shape.n, high), high, share)
        return choice, Kept(share, high)

    def turns(self, x: U32) -> Turns[U32]:
        """x: the server's shares of the payload, uint32 [lanes * n] mod 2^window. Its shares of the result."""
        shape, payload = self.shape, self.shape.payload
        moved = (x + np.uint32(shape.half)) & np.uint32((1 << shape.window) - 1)
        opened, carries = self._compare.foresee(moved[: shape.n])
        msb = _msb(moved[: shape.n], shape) ^ np.uint8(1)
        bits = np.tile(carries[0] ^ msb, shape.lanes), np.tile(carries[1] ^ msb, shape.lanes)
        for bit, (tau, _) in zip(bits, self._words, strict=True):
            opened += pack(bit ^ tau.bytes(), 1)
        p0, p1, sigma = self._p0.words(), self._p1.words(), np.empty(payload, np.uint32)
        theta, top = (np.empty(payload, np.uint8) if shape.extend else _BITS for _ in range(2))
        _nonlinear.masked_share(moved, p0, p1, shape.window, sigma, theta, top)
        eps, phi = (top ^ self._mu[0].bytes(), theta ^ self._kappa[0].bytes()) if shape.extend else (_BITS, _BITS)
        if shape.extend:
            opened += pack(eps, 1) + pack(phi, 1)
        yield Send(Tag.SHIFTS, opened + pack(sigma, shape.window))
        reader = Reader((yield Receive(Tag.STEER, shape.messages[1])))
        known = np.tile(reader.bytes(shape.n, 1), shape.lanes)
        masked = reader.bytes(payload, 1)
        words = reader.words(payload, shape.word_bits), reader.words(payload, shape.word_bits)
        reader.end()
        word, y, bit = np.empty(payload, np.uint32), np.empty(payload, np.uint32), np.empty(payload, np.uint8)
        pad0, pad1 = (pad.words() for _, pad in self._words)
        _nonlinear.uncover_word(known, *bits, pad0, pad1, *words, shape.word_bits, word, bit)
        taken = (p0, p1, theta, top, phi, eps, self._kappa[1].words(), self._mu[1].words())
        _nonlinear.share_of(bit ^ masked, word, *taken, shape.window, shape.bits, y)
        self._words = []
        return y
