"""Ferret (Yang et al., eprint 2020/924): the sender writes what an iteration of trees costs, shared by its transfers.

Set-up runs SoftSpokenOT's, whose transfers are the first base; it rides with the trees.
"""

from __future__ import annotations

import numpy as np

from snni.twoparty import _ot
from snni.twoparty.ot.extension import CHECK_TRANSFERS, CheckStream, fresh_seed
from snni.twoparty.ot.params import ExtensionName, OtParams
from snni.twoparty.ot.wire import U8, Direction, Tag


class FerretSender:
    """Writes trees; answers the receiver's challenge."""

    def __init__(self, params: OtParams, direction: Direction) -> None:
        self.native = _ot.FerretSender(params.lpn, params.k, int(direction), fresh_seed())
        self._challenge: U8 = np.empty(0, np.uint8)

    def begin_check(self, stream: CheckStream) -> None:
        stream.send(Tag.SEAL, self.native.seal())

    def exchange_challenge(self, stream: CheckStream) -> None:
        self._challenge = stream.receive(Tag.CHALLENGE, _ot.CHALLENGE_BYTES)

    def finish_check(self, stream: CheckStream) -> None:
        stream.send(Tag.ANSWER, self.native.answer(self._challenge))


class FerretReceiver:
    """Reads trees; challenges the sender about them."""

    def __init__(self, params: OtParams, direction: Direction) -> None:
        self.native = _ot.FerretReceiver(params.lpn, params.k, int(direction), fresh_seed())
        self._lpn = params.lpn

    def begin_check(self, stream: CheckStream) -> None:
        self.native.seal(stream.receive(Tag.SEAL, _seal_bytes(self._lpn, stream.claimed)))

    def exchange_challenge(self, stream: CheckStream) -> None:
        stream.send(Tag.CHALLENGE, self.native.challenge())

    def finish_check(self, stream: CheckStream) -> None:
        self.native.verify(stream.receive(Tag.ANSWER, _ot.ANSWER_BYTES))


class Ferret:
    """The extension; a message's size depends on how many transfers were claimed before it."""

    name: ExtensionName = "ferret"
    sender_writes = True

    def sender(self, params: OtParams, direction: Direction) -> FerretSender:
        return FerretSender(params, direction)

    def receiver(self, params: OtParams, direction: Direction) -> FerretReceiver:
        return FerretReceiver(params, direction)

    def setup_bytes(self, params: OtParams) -> tuple[int, int, int]:
        offer, reply, trees = _ot.setup_bytes(params.k)
        return offer, reply, trees + _ot.ferret_base_bytes(params.lpn, params.k)

    def message_bytes(self, params: OtParams, n: int, transfers: int, first: int) -> int:
        return _ot.ferret_message_bytes(params.lpn, first, transfers, n)

    def check_payloads(self, params: OtParams, first: int) -> tuple[int, ...]:
        return _seal_bytes(params.lpn, first), _ot.CHALLENGE_BYTES, _ot.ANSWER_BYTES


def _seal_bytes(lpn: int, first: int) -> int:
    """Of a check's first message: the trees that its own transfers reach."""
    return _ot.ferret_message_bytes(lpn, first, 1, CHECK_TRANSFERS)
