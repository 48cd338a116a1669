"""The end of a direction that holds a random choice and its message."""

from __future__ import annotations

import numpy as np

from snni.twoparty.ot.end import OtEnd
from snni.twoparty.ot.extensions import extension_of
from snni.twoparty.ot.params import DEFAULT, OtParams, check_count, check_pad_bits, transfers_of
from snni.twoparty.ot.wire import U8, U32, Direction, Tag
from snni.wire.channel import Channel


class OtReceiver(OtEnd):
    """Makes correlations alone (softspoken) or from the sender's messages (ferret). Exact.

    A sender that cheats is caught by `check`: nothing that depends on the transfers may be sent before it.
    Every method raises ParameterError on its arguments, CorrelationError out of order, WireError on the peer's
    bytes and PeerError when the peer is gone. Nothing is returned twice.
    """

    def __init__(self, channel: Channel, direction: Direction, params: OtParams = DEFAULT) -> None:
        extension = extension_of(params)
        writes = not extension.sender_writes
        super().__init__(channel, direction, params, extension.receiver(params, direction), writes=writes)

    def setup(self) -> None:
        """Base transfers and trees. Flights: offer out, reply in, trees out."""
        reply_bytes = self._extension.setup_bytes(self.params)[1]
        with self._use(ready=False):
            self.send(Tag.OFFER, self._native.offer())
            self.send(Tag.TREES, self._native.trees(self.receive(Tag.REPLY, reply_bytes)))

    def leaf(self, n: int, bits: int) -> tuple[U8, U8]:
        """(rho uint8 [n] below 2^bits, pad uint8 [n]: slot rho's bit), 1 <= bits <= 5."""
        transfers = transfers_of("leaf", bits)
        rho, pad = np.empty(check_count(n), np.uint8), np.empty(n, np.uint8)
        self._request(n, transfers, self._native.leaf, lambda part: (bits, rho[part], pad[part]))
        return rho, pad

    def wide(self, n: int, bits: int) -> tuple[U8, U8]:
        """(rho uint8 [n] below 2^bits, pad uint8 [n]: slot rho's, one bit, or two at 6), 6 <= bits <= 8."""
        transfers = transfers_of("wide", bits)
        rho, pad = np.empty(check_count(n), np.uint8), np.empty(n, np.uint8)
        self._request(n, transfers, self._native.wide, lambda part: (bits, rho[part], pad[part]))
        return rho, pad

    def bits2(self, n: int) -> tuple[U8, U8]:
        """(choice bit, its 2-bit message), uint8 [n] each."""
        rho, message = np.empty(check_count(n), np.uint8), np.empty(n, np.uint8)
        self._request(n, 1, self._native.bits2, lambda part: (rho[part], message[part]))
        return rho, message

    def pads(self, n: int, bits: int = 32) -> tuple[U8, U32]:
        """(choice bit uint8 [n], its message uint32 [n] below 2^bits), 1 <= bits <= 32."""
        check_pad_bits(bits)
        rho, pad = np.empty(check_count(n), np.uint8), np.empty(n, np.uint32)
        self._request(n, 1, self._native.pads, lambda part: (bits, rho[part], pad[part]))
        return rho, pad

    def crossed(self, n: int) -> tuple[U8, U32]:
        """(choice uint8 [n] in 0..3, its messages uint32 [n, 4]: of 32 and of 19 bits by its low bit, of 19 by its high
        bit, of 19 by both)."""
        rho, pad = np.empty(check_count(n), np.uint8), np.empty((n, 4), np.uint32)
        self._request(n, 2, self._native.crossed, lambda part: (rho[part], pad[part]))
        return rho, pad

    def cot(self, n: int) -> tuple[U8, U8]:
        """The correlation itself, unhashed: (choice bit uint8 [n], t uint8 [n, 16])."""
        choices, t = np.empty(check_count(n), np.uint8), np.empty((n, 16), np.uint8)
        self._request(n, 1, self._native.cot, lambda part: (choices[part], t[part]))
        return choices, t
