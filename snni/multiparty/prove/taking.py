"""An evaluator's Maker: it takes what was dealt for each step, and records what of it is to be proved."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from snni.multiparty.dealing import Dealt, FirstDealt, SecondDealt
from snni.multiparty.gate import GateShape, GateShares
from snni.multiparty.keys import Masks
from snni.multiparty.lookup import LookupShape
from snni.multiparty.multiply import ProductShape, Triple
from snni.multiparty.prove.conv import take_conv_part
from snni.multiparty.prove.gate import take_gate_part
from snni.multiparty.prove.keeping import Kept, take_wide
from snni.multiparty.prove.lookup import take_lookup_part
from snni.multiparty.prove.making import DEALT
from snni.multiparty.prove.multiply import product_part
from snni.multiparty.prove.planes import Known
from snni.multiparty.prove.record import Record
from snni.multiparty.prove.rescale import take_rescale_part, take_truncated_part
from snni.multiparty.proving_conv import ProvingConv
from snni.multiparty.rescale import RescaleOperation
from snni.multiparty.roles import Role
from snni.ring.arithmetic import reduce
from snni.wire.channel import Channel
from snni.wire.packing import U32


class DealtMessages:
    """What the dealer sends the second evaluator, step after step. sizes: of their payloads; one that says to be longer
    is refused before there is room for it, so that no dealer fills this server's memory."""

    def __init__(self, channel: Channel, sizes: Sequence[int]) -> None:
        self._channel = channel
        self._sizes = iter(sizes)

    def next(self) -> SecondDealt:
        """Raises WireError, PeerError."""
        return SecondDealt(self._channel.recv(DEALT, next(self._sizes)))


class EvaluatorMaker:
    """role: whose. first: what the first evaluator draws from; dealt: what the second is sent."""

    def __init__(self, role: Role, masks: Masks, first: FirstDealt, dealt: DealtMessages | None) -> None:
        self.record = Record()
        self._role, self._masks, self._messages = role, masks, dealt
        self._first, self._second = first, SecondDealt(memoryview(b""))

    def draw(self, stream: int, shape: tuple[int, ...], bits: int) -> Known[U32]:
        return {self._role: self._masks.draw(stream, shape, bits)}

    def begin(self) -> None:
        if self._messages is not None:
            self._second = self._messages.next()

    def end(self) -> None:
        self._second.end()

    @property
    def _dealt(self) -> Dealt:
        return self._first if self._messages is None else self._second

    def gate(self, shape: GateShape, shift: int, c: Known[U32], mask: Known[U32]) -> GateShares:
        part = take_gate_part(shape, shift, self._dealt, c[self._role], mask[self._role])
        self.record.gate(shape, shift, {self._role: part})
        return part.shares

    def rescale(self, operation: RescaleOperation, c: Known[U32], mask: Known[U32]) -> tuple[U32, U32 | None]:
        part = take_rescale_part(operation, self._dealt, c[self._role], mask[self._role])
        self.record.rescale(operation, {self._role: part})
        return part.constant, part.wrap

    def truncated(self, c: Known[U32], shift: int, window: int) -> Known[U32]:
        half = c[self._role]
        if not shift:
            return {self._role: reduce(half, window)}
        part = take_truncated_part(shift, window, self._dealt, half)
        self.record.truncated(shift, window, {self._role: part})
        return {self._role: part.kept}

    def conv(self, conv: ProvingConv, c: Known[U32], mask: Known[U32]) -> U32:
        part = take_conv_part(conv, self._role, c[self._role], mask[self._role], self._dealt, self._dealt)
        self.record.conv(conv, {self._role: part})
        gamma = Kept([part.gamma.reshape(-1).astype(np.uint32)])
        return conv.evaluator().prepare(gamma, c[self._role])

    def lookup(self, shape: LookupShape, function: U32, c: Known[U32], mask: Known[U32]) -> U32:
        part = take_lookup_part(shape, self._dealt, c[self._role], mask[self._role])
        self.record.lookup(shape, function, {self._role: part})
        return part.tables

    def product(self, shape: ProductShape, x: Known[U32], y: Known[U32], mask: Known[U32]) -> Triple:
        rest = self._dealt.additive(shape.n, shape.bits)
        mine = x[self._role], y[self._role]
        part = product_part(shape, *mine, mask[self._role], rest, take_wide(self._dealt, shape.n))
        self.record.product(shape, {self._role: part})
        return (*mine, rest)
