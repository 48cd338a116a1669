"""Making what a plan's steps need, at the dealer and at an evaluator, so that all of it can be proved.

Every mask is a sum of halves that either evaluator draws: of images and ReLUs as among three passive servers, and of
what the dealer draws alone there too. So every relation is one between things that the evaluators have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np

from snni.multiparty.conv import deal_conv
from snni.multiparty.dealing import Dealt, FirstDealt, SecondDealt
from snni.multiparty.gate import GateShape, GateShares, deal_gate, take_gate
from snni.multiparty.keys import Masks
from snni.multiparty.lookup import LookupShape, deal_lookup
from snni.multiparty.multiply import ProductShape, Triple, opened_product
from snni.multiparty.prove.algebra import U64
from snni.multiparty.prove.conv import ConvPart, ConvStatement, half, quotients
from snni.multiparty.prove.corrections import ConvolvedPart
from snni.multiparty.prove.gate import GatePart, deal_hints, take_hints
from snni.multiparty.prove.keeping import KeepingDealer, Kept, take_wide
from snni.multiparty.prove.lookup import deal_lookup_hints, take_lookup_part
from snni.multiparty.prove.multiply import ProductPart, product_quotients
from snni.multiparty.prove.planes import Known
from snni.multiparty.prove.record import Record
from snni.multiparty.prove.rescale import RescalePart, TruncatedPart, relate_rescale, relate_truncated
from snni.multiparty.proving_conv import ProvingConv
from snni.multiparty.rescale import RescaleOperation
from snni.multiparty.roles import EVALUATORS, Role
from snni.ring.arithmetic import reduce
from snni.ring.truncation import truncate_mask
from snni.wire.channel import Channel
from snni.wire.packing import U32

DEALT = 0x61  # frame tag, from the dealer to the second evaluator: one step's shares, as in batch.py


class Maker(Protocol):
    """halves: by evaluator, as far as they are known."""

    record: Record

    def draw(self, stream: int, shape: tuple[int, ...], bits: int) -> Known[U32]:
        """Halves of a mask."""
        ...

    def begin(self) -> None:
        """A step."""
        ...

    def end(self) -> None: ...

    def gate(self, shape: GateShape, shift: int, c: Known[U32], mask: Known[U32]) -> GateShares | None:
        """This evaluator's shares; None at the dealer. c: uint32 [lanes * n] before it is truncated by shift."""
        ...

    def rescale(self, operation: RescaleOperation, c: Known[U32], mask: Known[U32]) -> Any: ...

    def truncated(self, c: Known[U32], shift: int, window: int) -> Known[U32]:
        """Halves of truncated c, uint32 [n], where it is not compared itself."""
        ...

    def conv(self, conv: ProvingConv, c: Known[U32], mask: Known[U32]) -> Any: ...

    def lookup(self, shape: LookupShape, function: U32, c: Known[U32], mask: Known[U32]) -> Any:
        """c: halves of what is looked up, uint32 [n] mod 2^window."""
        ...

    def product(self, shape: ProductShape, x: Known[U32], y: Known[U32], mask: Known[U32]) -> Any: ...


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
        _rescaled(
            self.record, operation, {role: _rescale_part(operation, taken[role], c[role], mask[role]) for role in c}
        )

    def truncated(self, c: Known[U32], shift: int, window: int) -> Known[U32]:
        if not shift:
            return {role: reduce(half, window) for role, half in c.items()}
        whole = _sum(c)
        self._dealer.additive(truncate_mask(whole, shift, window), window)
        self._dealer.boolean(reduce(whole, shift + window), shift + window)
        parts = {role: _truncated(taken, c[role], shift, window) for role, taken in self._dealer.taken().items()}
        self.record.relations.append(relate_truncated(shift, window, parts))
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
        _convolved(
            self.record, conv, {role: _conv_part(conv, Kept([gammas[role]]), taken[role], c, mask, role) for role in c}
        )

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
            shape, {role: _product_part(shape, x[role], y[role], mask[role], rests[role], quotient[role]) for role in x}
        )


class EvaluatorMaker:
    """role: whose. first: what the first evaluator draws from; channel: from the dealer, at the second."""

    def __init__(self, role: Role, masks: Masks, first: FirstDealt, channel: Channel | None) -> None:
        self.record = Record()
        self._role, self._masks, self._channel = role, masks, channel
        self._first, self._second = first, SecondDealt(memoryview(b""))

    def draw(self, stream: int, shape: tuple[int, ...], bits: int) -> Known[U32]:
        return {self._role: self._masks.draw(stream, shape, bits)}

    def begin(self) -> None:
        if self._channel is not None:
            self._second = SecondDealt(self._channel.recv(DEALT))

    def end(self) -> None:
        self._second.end()

    @property
    def _dealt(self) -> Dealt:
        return self._first if self._channel is None else self._second

    def gate(self, shape: GateShape, shift: int, c: Known[U32], mask: Known[U32]) -> GateShares:
        part = take_gate_part(shape, shift, self._dealt, c[self._role], mask[self._role])
        self.record.gate(shape, shift, {self._role: part})
        return part.shares

    def rescale(self, operation: RescaleOperation, c: Known[U32], mask: Known[U32]) -> tuple[U32, U32 | None]:
        part = _rescale_part(operation, self._dealt, c[self._role], mask[self._role])
        _rescaled(self.record, operation, {self._role: part})
        return part.constant, part.wrap

    def truncated(self, c: Known[U32], shift: int, window: int) -> Known[U32]:
        half = c[self._role]
        if not shift:
            return {self._role: reduce(half, window)}
        part = _truncated(self._dealt, half, shift, window)
        self.record.relations.append(relate_truncated(shift, window, {self._role: part}))
        return {self._role: part.kept}

    def conv(self, conv: ProvingConv, c: Known[U32], mask: Known[U32]) -> U32:
        part = _conv_part(conv, self._dealt, self._dealt, c, mask, self._role)
        _convolved(self.record, conv, {self._role: part})
        gamma = Kept([part.gamma.reshape(-1).astype(np.uint32)])
        return conv.evaluator().prepare(gamma, c[self._role])

    def lookup(self, shape: LookupShape, function: U32, c: Known[U32], mask: Known[U32]) -> U32:
        part = take_lookup_part(shape, self._dealt, c[self._role], mask[self._role])
        self.record.lookup(shape, function, {self._role: part})
        return part.tables

    def product(self, shape: ProductShape, x: Known[U32], y: Known[U32], mask: Known[U32]) -> Triple:
        rest = self._dealt.additive(shape.n, shape.bits)
        mine = x[self._role], y[self._role]
        part = _product_part(shape, *mine, mask[self._role], rest, take_wide(self._dealt, shape.n))
        self.record.product(shape, {self._role: part})
        return (*mine, rest)


def take_gate_part(shape: GateShape, shift: int, dealt: Dealt, c: U32, mask: U32) -> GatePart:
    """In the order in which it was dealt."""
    return GatePart(c, mask, take_gate(shape, dealt), take_hints(shape, shift, dealt))


def _rescale_part(operation: RescaleOperation, dealt: Dealt, c: U32, mask: U32) -> RescalePart:
    constant, wrap = operation.take(dealt)
    bits = dealt.boolean(operation.elements, operation.shift + operation.window)
    return RescalePart(c.reshape(-1), mask.reshape(-1), constant, wrap, bits)


def _truncated(dealt: Dealt, c: U32, shift: int, window: int) -> TruncatedPart:
    kept = dealt.additive(c.size, window)
    return TruncatedPart(c, kept, dealt.boolean(c.size, shift + window))


def _rescaled(record: Record, operation: RescaleOperation, known: Known[RescalePart]) -> None:
    record.relations.append(relate_rescale(operation, known))
    record.rescale(operation, {role: part.wrap for role, part in known.items()})


def _conv_part(
    conv: ProvingConv, dealt: Dealt, quotients_dealt: Dealt, c: Known[U32], mask: Known[U32], role: Role
) -> ConvPart:
    bits, outputs = conv.step.ring_bits, mask[role]
    shape = (len(outputs), conv.step.out_channels, -1)
    gamma = half(dealt.additive(outputs.size, bits), bits).reshape(shape)
    quotient = take_wide(quotients_dealt, outputs.size).reshape(shape)
    return ConvPart(conv.halves[role], half(c[role], bits), gamma, half(outputs, bits).reshape(shape), quotient)


def _convolved(record: Record, conv: ProvingConv, known: Known[ConvPart]) -> None:
    record.products.append(ConvStatement(conv.step, known))
    one = next(iter(known.values()))
    inputs, outputs = one.x.shape, one.gamma.shape
    parts = {}
    for role in EVALUATORS:
        mine = known.get(role)
        weights, x = (None, None) if mine is None else (mine.weights, mine.x)
        parts[role] = ConvolvedPart(conv.step, inputs, outputs, weights, x, conv.aside)
    record.convolved(parts)


def _product_part(shape: ProductShape, x: U32, y: U32, mask: U32, rest: U32, quotient: U64) -> ProductPart:
    below = [half(one, shape.bits) for one in (x, y, mask, rest)]
    return ProductPart(below[0], below[1], below[2], below[3], quotient)


def _sum(halves: Known[U32]) -> U32:
    return halves[Role.FIRST] + halves[Role.SECOND]


def _sum_wide(values: Iterable[U64]) -> U64:
    """Of uint64 arrays, mod 2^64."""
    first, *others = values
    return sum(others, first)
