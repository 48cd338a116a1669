"""The dealer's Maker: it deals each step's shares and, for the proofs, keeps both evaluators'."""

from __future__ import annotations

from collections.abc import Iterable

from snni.multiparty.conv import deal_conv
from snni.multiparty.gate import GateShape, deal_gate
from snni.multiparty.keys import Masks
from snni.multiparty.lookup import LookupShape, deal_lookup
from snni.multiparty.multiply import ProductShape, opened_product
from snni.multiparty.prove.algebra import U64
from snni.multiparty.prove.conv import half, quotients, take_conv_part
from snni.multiparty.prove.gate import deal_hints, take_gate_part
from snni.multiparty.prove.keeping import KeepingDealer, Kept, take_wide
from snni.multiparty.prove.lookup import deal_lookup_hints, take_lookup_part
from snni.multiparty.prove.making import DEALT
from snni.multiparty.prove.multiply import product_part, product_quotients
from snni.multiparty.prove.planes import Known
from snni.multiparty.prove.record import Record
from snni.multiparty.prove.rescale import take_rescale_part, take_truncated_part
from snni.multiparty.proving_conv import ProvingConv
from snni.multiparty.rescale import RescaleOperation
from snni.multiparty.roles import EVALUATORS, Role
from snni.ring.arithmetic import reduce
from snni.ring.truncation import truncate_mask
from snni.wire.channel import Channel
from snni.wire.packing import U32


class DealerMaker:
    """channel: to the second evaluator. masks: of both evaluators."""

    def __init__(self, dealer: KeepingDealer, masks: Known[Masks], channel: Channel) -> None:
        self.record = Record()
        self._dealer, self._masks, self._channel = dealer, masks, channel

    def draw(self, stream: int, shape: tuple[int, ...], bits: int) -> Known[U32]:
        return {role: masks.draw(stream, shape, bits) for role, masks in self._masks.items()}

    def begin(self) -> None:
        """Nothing."""

    def end(self) -> None:
        self._channel.send(DEALT, self._dealer.message())

    def gate(self, shape: GateShape, shift: int, c: Known[U32], mask: Known[U32]) -> None:
        whole = reduce(_sum(c), shift + shape.window)
        sigmas, lam = deal_gate(shape, self._dealer, truncate_mask(whole, shift, shape.window), _sum(mask))
        deal_hints(shape, shift, self._dealer, whole, lam, sigmas)
        taken = self._dealer.taken()
        self.record.gate(
            shape, shift, {role: take_gate_part(shape, shift, taken[role], c[role], mask[role]) for role in c}
        )

    def rescale(self, operation: RescaleOperation, c: Known[U32], mask: Known[U32]) -> None:
        whole = _sum(c)
        operation.deal(self._dealer, whole, _sum(mask))
        bits = operation.shift + operation.window
        self._dealer.boolean(reduce(whole, bits), bits)
        taken = self._dealer.taken()
        self.record.rescale(
            operation, {role: take_rescale_part(operation, taken[role], c[role], mask[role]) for role in c}
        )

    def truncated(self, c: Known[U32], shift: int, window: int) -> Known[U32]:
        if not shift:
            return {role: reduce(half, window) for role, half in c.items()}
        whole = _sum(c)
        self._dealer.additive(truncate_mask(whole, shift, window), window)
        self._dealer.boolean(reduce(whole, shift + window), shift + window)
        taken = self._dealer.taken()
        parts = {role: take_truncated_part(shift, window, taken[role], c[role]) for role in c}
        self.record.truncated(shift, window, parts)
        return {role: part.kept for role, part in parts.items()}

    def conv(self, conv: ProvingConv, c: Known[U32], mask: Known[U32]) -> None:
        step, bits = conv.step, conv.step.ring_bits
        deal_conv(conv.dealer(), self._dealer, reduce(_sum(c), bits), reduce(_sum(mask), bits))
        gammas = {role: kept.additive(mask[role].size, bits) for role, kept in self._dealer.taken().items()}
        shape = (len(mask[Role.FIRST]), step.out_channels, -1)
        sums = [_sum_wide(half(one[role], bits) for role in EVALUATORS) for one in (c, gammas, mask)]
        weights = _sum_wide(conv.halves[role] for role in EVALUATORS)
        self._dealer.wide(quotients(step, weights, sums[0], *(one.reshape(shape) for one in sums[1:])).reshape(-1))
        taken = self._dealer.taken()
        parts = {role: take_conv_part(conv, role, c[role], mask[role], Kept([gammas[role]]), taken[role]) for role in c}
        self.record.conv(conv, parts)

    def lookup(self, shape: LookupShape, function: U32, c: Known[U32], mask: Known[U32]) -> None:
        whole = reduce(_sum(c), shape.window)
        deal_lookup(shape, self._dealer, function, whole, _sum(mask))
        deal_lookup_hints(shape, self._dealer, whole)
        taken = self._dealer.taken()
        self.record.lookup(
            shape, function, {role: take_lookup_part(shape, taken[role], c[role], mask[role]) for role in c}
        )

    def product(self, shape: ProductShape, x: Known[U32], y: Known[U32], mask: Known[U32]) -> None:
        c_x, c_y, c_z = _sum(x), _sum(y), _sum(mask)
        self._dealer.additive(c_x * c_y - c_z, shape.bits)
        self._dealer.opens(lambda: opened_product(shape, c_x, c_y, c_z))
        rests = {role: kept.additive(shape.n, shape.bits) for role, kept in self._dealer.taken().items()}
        sums = [_sum_wide(half(one[role], shape.bits) for role in EVALUATORS) for one in (x, y, rests, mask)]
        self._dealer.wide(product_quotients(shape, *sums))
        quotient = {role: take_wide(kept, shape.n) for role, kept in self._dealer.taken().items()}
        self.record.product(
            shape, {role: product_part(shape, x[role], y[role], mask[role], rests[role], quotient[role]) for role in x}
        )


def _sum(halves: Known[U32]) -> U32:
    return halves[Role.FIRST] + halves[Role.SECOND]


def _sum_wide(values: Iterable[U64]) -> U64:
    """Of uint64 arrays, mod 2^64."""
    first, *others = values
    return sum(others, first)
