"""A product of two shared values, each x = c + s in Z_2^32, the client's shares being known beforehand.

x y = c_x c_y + c_x s_y + s_x c_y + s_x s_y. Gilboa (CRYPTO 1999), section 4.1, shares rho c beforehand, rho a number
whose bits are random choices of the server's; s = eps + rho, and eps is opened (Beaver, CRYPTO 1995):

  x y - r  mod 2^32  <- Product(c_x, c_y, r at client, offline; s_x, s_y at server, online).  Semi-honest; exact.

Flights: two, the server's first. Its last word is steered, as a gate's (gate.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snni.ring.random import uniform
from snni.twoparty.nonlinear.correlations import Correlations
from snni.twoparty.nonlinear.ots import RandomOtReceiver, RandomOtSender
from snni.twoparty.nonlinear.tags import Tag
from snni.wire.channel import Channel
from snni.wire.packing import U32, Reader, pack, packed_bytes
from snni.wire.traffic import Traffic, alternating
from snni.wire.turns import Receive, Send, Turns

BITS = 32
_PLACES = np.arange(BITS, dtype=np.uint32)


@dataclass(frozen=True)
class ProductShape:
    """n products."""

    n: int

    @property
    def transfers(self) -> int:
        """A bit of either of the server's factors each."""
        return 2 * self.n * BITS

    @property
    def messages(self) -> tuple[int, int]:
        """Payload bytes of the server's message and the client's."""
        return packed_bytes(2 * self.n, BITS), packed_bytes(self.n, BITS)

    @property
    def corrections_bytes(self) -> int:
        """Payload of what gives the server its shares of rho c."""
        return packed_bytes(self.transfers, BITS)

    @property
    def traffic(self) -> Traffic:
        """Online."""
        return alternating(self.messages)

    @property
    def correlations(self) -> Correlations:
        """The client sends the transfers."""
        return Correlations(client_sends=((self.transfers, 1),), prepared=(self.corrections_bytes,))


class ProductClient:
    """Prepared from its shares of both factors offline, run once."""

    def __init__(self, shape: ProductShape) -> None:
        self._shape = shape

    def prepare_receive(self, ots: RandomOtReceiver, c_x: U32, c_y: U32, mask: U32 | None) -> U32:
        """c_x, c_y: uint32 [n]. Returns r."""
        if mask is None:
            mask = uniform((self._shape.n,), BITS)
        self._c, self._mask = np.stack([c_x, c_y]), mask
        return mask

    def prepare_send(self, ots: RandomOtSender) -> None:
        """Shares rho c, bit by bit of rho."""
        p0, p1 = (pads.reshape(2, self._shape.n, BITS) for pads in ots.pads(self._shape.transfers))
        self._kept = -p0.sum(axis=2, dtype=np.uint32)
        self._corrections = pack(p0 - p1 + (self._c[:, :, None] << _PLACES), BITS)

    def send_prepared(self, channel: Channel) -> None:
        channel.send(Tag.PRODUCTS, self._corrections)
        self._corrections = b""

    def turns(self) -> Turns[None]:
        shape = self._shape
        reader = Reader((yield Receive(Tag.FACTORS, shape.messages[0])))
        eps = reader.words(2 * shape.n, BITS).reshape(2, shape.n)
        reader.end()
        crossed = (eps * self._c + self._kept).sum(axis=0, dtype=np.uint32)
        yield Send(Tag.STEER, pack(self._c[0] * self._c[1] + crossed - self._mask, BITS))


class ProductServer:
    """Prepared without its operands, run once on s_x and s_y."""

    def __init__(self, shape: ProductShape) -> None:
        self._shape = shape

    def prepare_send(self, ots: RandomOtSender) -> None:
        """Nothing: only the client sends OTs here."""

    def prepare_receive(self, ots: RandomOtReceiver) -> None:
        choices, pads = ots.pads(self._shape.transfers)
        self._choices = choices.astype(np.uint32).reshape(2, self._shape.n, BITS)
        self._pads = pads.reshape(self._choices.shape)
        self._rho = (self._choices << _PLACES).sum(axis=2, dtype=np.uint32)

    def receive_prepared(self, channel: Channel) -> None:
        """Takes its shares of rho c."""
        reader = Reader(channel.recv(Tag.PRODUCTS, self._shape.corrections_bytes))
        corrections = reader.words(self._shape.transfers, BITS).reshape(self._choices.shape)
        reader.end()
        self._shares = (self._pads + self._choices * corrections).sum(axis=2, dtype=np.uint32)

    def turns(self, s_x: U32, s_y: U32) -> Turns[U32]:
        """s_x, s_y: uint32 [n]. Its share of the product."""
        n = self._shape.n
        yield Send(Tag.FACTORS, pack(np.stack([s_y, s_x]) - self._rho, BITS))
        reader = Reader((yield Receive(Tag.STEER, self._shape.messages[1])))
        steered = reader.words(n, BITS)
        reader.end()
        result: U32 = s_x * s_y + self._shares.sum(axis=0, dtype=np.uint32) + steered
        return result
