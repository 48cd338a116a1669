"""A plan's steps made of one value in place of each step's many: how much is dealt, told and proved of each."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from snni.multiparty.conv import conv_dealt_bytes
from snni.multiparty.gate import GateShape
from snni.multiparty.lookup import LookupShape
from snni.multiparty.multiply import ProductShape
from snni.multiparty.prove.gate import take_gate_part
from snni.multiparty.prove.lookup import relate_lookup, take_lookup_part
from snni.multiparty.prove.planes import Group, Known, Relations
from snni.multiparty.prove.record import Record
from snni.multiparty.prove.rescale import RescalePart, TruncatedPart, relate_rescale, relate_truncated
from snni.multiparty.prove.sent import WORD_BYTES
from snni.multiparty.prove.tables import TableHints
from snni.multiparty.prove.told_sums import SumPart
from snni.multiparty.prove.told_tables import TablePart
from snni.multiparty.proving_conv import ProvingConv
from snni.multiparty.rescale import RescaleOperation
from snni.multiparty.roles import Role
from snni.ring.arithmetic import reduce
from snni.wire.packing import U32, packed_bytes


class Counted:
    """A ``Maker`` that notes sizes. relations, tables: of one value each, with how many there are. products: of
    convolutions, lengths of what they are proved by. shared, sums: the dealer's products, and openings that are sums:
    of each how many products of a value, how many values, and the ring."""

    def __init__(self) -> None:
        self.record = Record()
        self.dealt: list[int] = []
        self.relations: list[Relations] = []
        self.tables: list[Relations] = []
        self.told: list[int] = []
        self.products: list[int] = []
        self.shared: list[tuple[int, int, int]] = []
        self.sums: list[tuple[int, int, int]] = []

    def draw(self, stream: int, shape: tuple[int, ...], bits: int) -> Known[U32]:
        return {Role.FIRST: np.zeros(shape, np.uint32)}

    def begin(self) -> None:
        self.dealt.append(0)

    def end(self) -> None:
        """Nothing."""

    def gate(self, shape: GateShape, shift: int, c: Known[U32], mask: Known[U32]) -> None:
        one, n = replace(shape, n=1), shape.n
        hints, whole = TableHints(shape.carry), shift + shape.window
        besides = [
            (shape.payload, whole),
            (shape.payload, shape.window),
            *((n, bits) for bits in hints.products if bits),
        ]
        besides += [(n, 1)] * hints.flips
        self.dealt[-1] += shape.dealt_bytes + sum(packed_bytes(count, bits) for count, bits in besides)
        none = np.zeros(one.payload, np.uint32)
        record = Record()
        record.gate(one, shift, {Role.FIRST: take_gate_part(one, shift, _Nothing(), none, none)})
        self.relations += [_many(relations, n) for relations in record.relations]
        for parts in record.openings:
            part = parts[Role.FIRST]
            if isinstance(part, TablePart):
                none_of = Group(((None, None),) * (1 << part.index_bits), np.zeros(1, np.uint8))
                self.tables.append(Relations(n, frozenset(), [none_of]))
                self.told.append(packed_bytes(n, 1))
            elif isinstance(part, SumPart):
                self._sum(len(part.terms), shape.payload, part.bits)

    def rescale(self, operation: RescaleOperation, c: Known[U32], mask: Known[U32]) -> None:
        n, whole = operation.elements, operation.shift + operation.window
        self.dealt[-1] += operation.dealt_bytes + packed_bytes(n, whole)
        one, none = replace(operation, shape=(1,)), np.zeros(1, np.uint32)
        self.relations.append(_many(relate_rescale(one, {Role.FIRST: RescalePart(none, none, none, none, none)}), n))
        self._sum(int(operation.out_bits > operation.window), n, operation.out_bits)

    def truncated(self, c: Known[U32], shift: int, window: int) -> Known[U32]:
        half = c[Role.FIRST]
        if shift:
            none = np.zeros(1, np.uint32)
            self.dealt[-1] += packed_bytes(half.size, window) + packed_bytes(half.size, shift + window)
            one = relate_truncated(shift, window, {Role.FIRST: TruncatedPart(none, none, none)})
            self.relations.append(_many(one, half.size))
        return {Role.FIRST: reduce(half, window)}

    def conv(self, conv: ProvingConv, c: Known[U32], mask: Known[U32]) -> None:
        count, bits = mask[Role.FIRST].size, conv.step.ring_bits
        self.dealt[-1] += conv_dealt_bytes(count, bits) + WORD_BYTES * count
        shape = () if conv.aside is None else conv.aside.shape
        self.products.append(conv.step.groups * math.prod(shape[1:]))
        self.told.append(WORD_BYTES * count)

    def lookup(self, shape: LookupShape, function: U32, c: Known[U32], mask: Known[U32]) -> None:
        n, one, none = shape.n, replace(shape, n=1), np.zeros(1, np.uint32)
        self.dealt[-1] += shape.dealt_bytes + packed_bytes(n, shape.window) + packed_bytes(n << shape.window, 1)
        part = take_lookup_part(one, _Nothing(), none, none)
        related = relate_lookup(one, function, {Role.FIRST: part})
        self.relations += [_many(relations, n * relations.n) for relations in related]
        self._sum(1 << shape.window, n, shape.bits)

    def product(self, shape: ProductShape, x: Known[U32], y: Known[U32], mask: Known[U32]) -> None:
        self.dealt[-1] += packed_bytes(shape.n, shape.bits) + WORD_BYTES * shape.n
        self.shared.append((1, shape.n, shape.bits))
        self._sum(2, shape.n, shape.bits)

    def _sum(self, terms: int, count: int, bits: int) -> None:
        self.told.append(WORD_BYTES * count)
        self.sums.append((terms, count, bits))


class _Nothing:
    """Implements ``Dealt``: zeros."""

    def additive(self, count: int, bits: int) -> U32:
        return np.zeros(count, np.uint32)

    boolean = additive


def _many(one: Relations, n: int) -> Relations:
    return Relations(n, one.known, one.groups)
