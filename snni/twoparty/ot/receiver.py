"""The end of a direction that holds a random choice and its message."""

from __future__ import annotations

import numpy as np

from snni.twoparty import _ot
from snni.twoparty.ot.cost import (
    ANSWER_BYTES,
    DEFAULT,
    OtParams,
    check_count,
    check_pad_bits,
    seal_bytes,
    setup_bytes,
    transfers_of,
)
from snni.twoparty.ot.session import U8, U32, Direction, OtEnd, Tag, array_of, fresh_seed
from snni.wire.channel import Channel


class OtReceiver(OtEnd):
    """Makes correlations alone (softspoken) or from the sender's messages (ferret). Exact.

    A sender that cheats is caught by `check`: nothing that depends on the transfers may be sent before it.
    Every method raises ParameterError on its arguments, CorrelationError out of order, WireError on the peer's
    bytes and PeerError when the peer is gone. Nothing is returned twice.
    """

    def __init__(self, channel: Channel, direction: Direction, params: OtParams = DEFAULT) -> None:
        super().__init__(channel, direction, params, writes=not params.sender_writes)
        self._native: _ot.Receiver | _ot.FerretReceiver
        if params.extension == "ferret":
            self._native = _ot.FerretReceiver(params.lpn, params.k, int(direction), fresh_seed())
        else:
            self._native = _ot.Receiver(params.k, int(direction), fresh_seed())

    def setup(self) -> None:
        """Base transfers and trees. Flights: offer out, reply in, trees out."""
        reply_bytes = setup_bytes(self.params)[1]
        with self._use(ready=False):
            self._channel.send(self._tag(Tag.OFFER), self._native.offer().data)
            reply = self._channel.recv(self._tag(Tag.REPLY), reply_bytes)
            self._channel.send(self._tag(Tag.TREES), self._native.trees(array_of(reply)).data)

    def leaf(self, n: int, bits: int) -> tuple[U8, U8]:
        """(rho uint8 [n] below 2^bits, pad uint8 [n]: slot rho's bit), 1 <= bits <= 5."""
        transfers = transfers_of("leaf", bits)
        rho, pad = np.empty(check_count(n), np.uint8), np.empty(n, np.uint8)
        self._request(n, transfers, self._native.leaf, lambda part: (bits, rho[part], pad[part]))
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

    def nested(self, n: int) -> tuple[U8, U32]:
        """(choice uint8 [n] in 0..3, its messages uint32 [n, 2]: of 32 bits by its low bit, of 24 bits by both)."""
        rho, pad = np.empty(check_count(n), np.uint8), np.empty((n, 2), np.uint32)
        self._request(n, 2, self._native.nested, lambda part: (rho[part], pad[part]))
        return rho, pad

    def begin_check(self) -> None:
        """A check's first step, the same way as requests: uses 128 transfers up and closes what the check covers."""
        with self._use(ready=True):
            if isinstance(self._native, _ot.FerretReceiver):
                seal = self._channel.recv(self._tag(Tag.SEAL), seal_bytes(self.params, self.claimed))
                self._native.seal(array_of(seal))
            else:
                self._channel.send(self._tag(Tag.SEAL), self._native.prove().data)

    def exchange_challenge(self) -> None:
        """The second step: sends the challenge (ferret)."""
        with self._use(ready=True):
            if isinstance(self._native, _ot.FerretReceiver):
                self._channel.send(self._tag(Tag.CHALLENGE), self._native.challenge().data)

    def finish_check(self) -> None:
        """The last step: takes the answer (ferret). ConsistencyError if the sender's trees do not hold together."""
        with self._use(ready=True):
            if isinstance(self._native, _ot.FerretReceiver):
                self._native.verify(array_of(self._channel.recv(self._tag(Tag.ANSWER), ANSWER_BYTES)))

    def cot(self, n: int) -> tuple[U8, U8]:
        """The correlation itself, unhashed: (choice bit uint8 [n], t uint8 [n, 16]). For tests of the extension."""
        choices, t = np.empty(check_count(n), np.uint8), np.empty((n, 16), np.uint8)
        self._request(n, 1, self._native.cot, lambda part: (choices[part], t[part]))
        return choices, t
