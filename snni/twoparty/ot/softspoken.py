"""SoftSpokenOT (Roy, eprint 2022/192): the receiver writes 128 / k bits a transfer, and one proof a check."""

from __future__ import annotations

from snni.twoparty import _ot
from snni.twoparty.ot.extension import CheckStream, fresh_seed
from snni.twoparty.ot.params import ExtensionName, OtParams
from snni.twoparty.ot.wire import Direction, Tag


class SoftSpokenSender:
    """Reads corrections; verifies the receiver's proof."""

    def __init__(self, params: OtParams, direction: Direction) -> None:
        self.native = _ot.Sender(params.k, int(direction), fresh_seed())
        self._proof_bytes = _ot.proof_bytes(params.k)

    def begin_check(self, stream: CheckStream) -> None:
        self.native.verify(stream.receive(Tag.SEAL, self._proof_bytes))

    def exchange_challenge(self, stream: CheckStream) -> None:
        """Nothing: the proof's challenge is hashed from the transcript."""

    def finish_check(self, stream: CheckStream) -> None:
        """Nothing."""


class SoftSpokenReceiver:
    """Writes corrections, and proves them."""

    def __init__(self, params: OtParams, direction: Direction) -> None:
        self.native = _ot.Receiver(params.k, int(direction), fresh_seed())

    def begin_check(self, stream: CheckStream) -> None:
        stream.send(Tag.SEAL, self.native.prove())

    def exchange_challenge(self, stream: CheckStream) -> None:
        """Nothing."""

    def finish_check(self, stream: CheckStream) -> None:
        """Nothing."""


class SoftSpoken:
    """The extension; its sizes depend on k alone."""

    name: ExtensionName = "softspoken"
    sender_writes = False

    def sender(self, params: OtParams, direction: Direction) -> SoftSpokenSender:
        return SoftSpokenSender(params, direction)

    def receiver(self, params: OtParams, direction: Direction) -> SoftSpokenReceiver:
        return SoftSpokenReceiver(params, direction)

    def setup_bytes(self, params: OtParams) -> tuple[int, int, int]:
        return _ot.setup_bytes(params.k)

    def message_bytes(self, params: OtParams, n: int, transfers: int, first: int) -> int:
        return _ot.message_bytes(params.k, transfers, n)

    def check_payloads(self, params: OtParams, first: int) -> tuple[int, ...]:
        return (_ot.proof_bytes(params.k),)
