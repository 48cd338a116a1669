"""What three active servers send each other ahead of a batch, exactly: dealing, proofs and parts of checks; headers
included, TLS not. Nothing depends on a value.

A plan is walked as when it is made, with one value in place of each step's many.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from snni.model.plan import Plan
from snni.multiparty.conv import conv_dealt_bytes
from snni.multiparty.gate import GateShape
from snni.multiparty.lookup import LookupShape
from snni.multiparty.model import selection_shape, weight_shapes
from snni.multiparty.multiply import ProductShape
from snni.multiparty.prove.bits import VALUES, pieces, width
from snni.multiparty.prove.corrections import SumPart, TablePart
from snni.multiparty.prove.inner import LEAST, NONCE
from snni.multiparty.prove.label import made_label
from snni.multiparty.prove.lookup import relate_lookup, take_lookup_part
from snni.multiparty.prove.making import take_gate_part
from snni.multiparty.prove.packed import BLOCKS, SAID, VARIABLES
from snni.multiparty.prove.planes import Group, Known, Relations
from snni.multiparty.prove.proving import SERVERS, TOLD
from snni.multiparty.prove.record import Record
from snni.multiparty.prove.rescale import RescalePart, TruncatedPart, relate_rescale, relate_truncated
from snni.multiparty.prove.sides import HASH_BYTES
from snni.multiparty.prove.sums import WEIGHTINGS, repetitions
from snni.multiparty.prove.sums import pieces as sum_pieces
from snni.multiparty.prove.tables import TableHints
from snni.multiparty.prove.video import made_selection
from snni.multiparty.prove.walk import walk
from snni.multiparty.prove.words import REPETITIONS
from snni.multiparty.proving_conv import ProvingConv
from snni.multiparty.rescale import RescaleOperation
from snni.multiparty.roles import EVALUATORS, Role
from snni.multiparty.video_shape import VideoShape
from snni.ring.arithmetic import reduce
from snni.wire.framing import HEADER
from snni.wire.packing import U32, packed_bytes

WORD_BYTES = 8


def ahead_bytes(plan: Plan, images: int) -> dict[Role, int]:
    """By server: what it sends for a batch, but for the few bytes of orders."""
    maker = _Counted()
    halves = {Role.FIRST: np.zeros((images, *plan.input_shape), np.uint32)}
    named = {step.name: ProvingConv(step, {}, np.empty(shape, np.uint64), None) for step, shape in weight_shapes(plan)}
    walk(plan, plan.steps, named, maker, images, halves)
    return _sent(maker)


def video_ahead_bytes(shape: VideoShape) -> dict[Role, int]:
    """As ``ahead_bytes``, for a video's label."""
    plan, maker = shape.plan, _Counted()
    halves = {Role.FIRST: np.zeros((shape.frames, *plan.input_shape), np.uint32)}
    named = {step.name: ProvingConv(step, {}, np.empty(size, np.uint64), None) for step, size in weight_shapes(plan)}
    step, size = selection_shape(shape)
    _, chosen = made_selection(ProvingConv(step, {}, np.empty(size, np.uint64), None), maker, shape, halves)
    _, scores = walk(plan, plan.steps[:-1], named, maker, shape.selected, chosen)
    made_label(shape.label, maker, {role: half.reshape(shape.selected, -1) for role, half in scores.items()})
    return _sent(maker)


def _sent(maker: _Counted) -> dict[Role, int]:
    sent = _Sent()
    for size in maker.dealt:
        sent.by[Role.DEALER] += HEADER.size + size
    sent.bits(Role.DEALER, maker.relations, shared=True)
    sent.words(Role.DEALER, maker.products, shared=True)
    sent.sums(Role.DEALER, maker.shared, shared=True)
    for role in EVALUATORS:
        for size in maker.told:
            sent.by[role] += HEADER.size + size
        sent.bits(role, maker.tables, shared=False)
        sent.words(role, [2 * size for size in maker.products], shared=False)
        sent.sums(role, maker.sums, shared=False)
    return {role: sent.by[role] for role in SERVERS}


@dataclass
class _Sent:
    by: Counter[Role] = field(default_factory=Counter)

    def bits(self, prover: Role, statements: Sequence[Relations], shared: bool) -> None:
        for piece in pieces(statements):
            length = VALUES // BLOCKS * width(piece)
            halvings = max(0, -(-length // LEAST) - 1).bit_length()
            self._challenge(prover, 2)
            self._words(prover, SAID)
            self._challenge(prover, VARIABLES)
            for _ in range(halvings):
                self._words(prover, 2)
                self._challenge(prover, 1)
            self._sacrifice(prover, -(-length // (1 << halvings)), shared)

    def words(self, prover: Role, lengths: Sequence[int], shared: bool) -> None:
        for _ in range(REPETITIONS if lengths else 0):
            self._challenge(prover, 2)
            self._sacrifice(prover, sum(lengths), shared)

    def sums(self, prover: Role, sums: Sequence[tuple[int, int, int]], shared: bool) -> None:
        for piece in sum_pieces([(terms, count) for terms, count, _ in sums]):
            length = sum(sums[at][0] * (taken.stop - taken.start) for at, taken in piece)
            for _ in range(repetitions([sums[at][2] for at, _ in piece])):
                self._challenge(prover, 2)
                self._sacrifice(prover, length, shared, WEIGHTINGS)

    def _sacrifice(self, prover: Role, length: int, shared: bool, products: int = 1) -> None:
        drawing = self._drawing(prover)
        self._words(prover, products)
        self._challenge(prover, NONCE)
        self.by[drawing] += HEADER.size + HASH_BYTES
        self.by[prover] += 2 * (HEADER.size + HASH_BYTES)
        self._words(TOLD[prover], length)
        if shared:
            self._words(drawing, length)
        for role in (drawing, TOLD[prover]):
            self._words(role, products)

    def _challenge(self, prover: Role, words: int) -> None:
        self._words(TOLD[prover], words)

    def _words(self, role: Role, count: int) -> None:
        self.by[role] += HEADER.size + WORD_BYTES * count

    @staticmethod
    def _drawing(prover: Role) -> Role:
        (drawing,) = (role for role in SERVERS if role not in (prover, TOLD[prover]))
        return drawing


class _Counted:
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
