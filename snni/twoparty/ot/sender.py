"""The end of a direction that holds every message."""

from __future__ import annotations

import numpy as np

from snni.twoparty.ot.end import OtEnd
from snni.twoparty.ot.extensions import extension_of
from snni.twoparty.ot.params import DEFAULT, OtParams, check_count, check_pad_bits, transfers_of, wide_words
from snni.twoparty.ot.wire import U8, U32, Direction, Tag
from snni.wire.channel import Channel


class OtSender(OtEnd):
    """Makes correlations from the receiver's messages (softspoken) or by itself (ferret). Exact.

    A receiver that cheats is caught by `check`: nothing that depends on the transfers may be sent before it.
    Every method raises ParameterError on its arguments, CorrelationError out of order, WireError on the peer's
    bytes and PeerError when the peer is gone. Nothing is returned twice.
    """

    def __init__(self, channel: Channel, direction: Direction, params: OtParams = DEFAULT) -> None:
        extension = extension_of(params)
        writes = extension.sender_writes
        super().__init__(channel, direction, params, extension.sender(params, direction), writes=writes)

    def setup(self) -> None:
        """Base transfers and trees. Flights: offer in, reply out, trees in."""
        offer_bytes, _, trees_bytes = self._extension.setup_bytes(self.params)
        with self._use(ready=False):
            self.send(Tag.REPLY, self._native.reply(self.receive(Tag.OFFER, offer_bytes)))
            self._native.accept_trees(self.receive(Tag.TREES, trees_bytes))

    def leaf(self, n: int, bits: int) -> U32:
        """Pads uint32 [n] of 1-of-2^bits transfers of one bit, 1 <= bits <= 5: bit i is slot i's."""
        transfers = transfers_of("leaf", bits)
        pads = np.empty(check_count(n), np.uint32)
        self._request(n, transfers, self._native.leaf, lambda part: (bits, pads[part]))
        return pads

    def wide(self, n: int, bits: int) -> U32:
        """Pads of 1-of-2^bits transfers, 6 <= bits <= 8, uint32 [n, words]: slot s's is bit s, words in order, least
        bit first; at 6 bits each slot has a second one, 64 bits on."""
        transfers = transfers_of("wide", bits)
        pads = np.empty((check_count(n), wide_words(bits)), np.uint32)
        self._request(n, transfers, self._native.wide, lambda part: (bits, pads[part]))
        return pads

    def bits2(self, n: int) -> tuple[U8, U8]:
        """Both 2-bit messages, uint8 [n] each."""
        m0, m1 = np.empty(check_count(n), np.uint8), np.empty(n, np.uint8)
        self._request(n, 1, self._native.bits2, lambda part: (m0[part], m1[part]))
        return m0, m1

    def pads(self, n: int, bits: int = 32) -> tuple[U32, U32]:
        """Both messages, uint32 [n] below 2^bits each, 1 <= bits <= 32."""
        check_pad_bits(bits)
        p0, p1 = np.empty(check_count(n), np.uint32), np.empty(n, np.uint32)
        self._request(n, 1, self._native.pads, lambda part: (bits, p0[part], p1[part]))
        return p0, p1

    def crossed(self, n: int) -> U32:
        """Messages by a choice of two bits, uint32 [n, 10]: two of 32 bits and two of 19 by its low bit, two of 19 by
        its high bit, four of 19 by both."""
        pads = np.empty((check_count(n), 10), np.uint32)
        self._request(n, 2, self._native.crossed, lambda part: (pads[part],))
        return pads

    def cot(self, n: int) -> U8:
        """The correlation itself, unhashed: q uint8 [n, 16]; the receiver has t = q XOR choice Delta."""
        q = np.empty((check_count(n), 16), np.uint8)
        self._request(n, 1, self._native.cot, lambda part: (q[part],))
        return q

    def reveal_delta(self) -> U8:
        """What the correlations differ by, uint8 [16]: this end's secret, the key of authenticated bits."""
        delta: U8 = self._native.reveal_delta()
        return delta
