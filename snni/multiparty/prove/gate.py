"""What makes a dealt gate (gate.py) right, as relations between bits: proved by the dealer, verified by both
evaluators.

c, the mask of what is compared before it is truncated by ``shift`` bits, is c_1 + c_2 of halves that the evaluators
have; so is the output's mask. The dealer deals the bits of c and of lambda c besides, shared by XOR, and proves: that
c's bits are those of c_1 + c_2; lambda c of lambda and c; and of each thing dealt by sums that its two shares, the
evaluator's half of the mask added where there is one, sum to these bits with the sign extended. Every sum is an
adder's carries (planes.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from snni.multiparty.dealing import Dealer, Dealt
from snni.multiparty.gate import GateShape, GateShares, take_gate
from snni.multiparty.prove.planes import Known, Relations, alone, planes, xored
from snni.multiparty.prove.tables import TableHints
from snni.multiparty.roles import EVALUATORS, Role
from snni.ring.arithmetic import reduce
from snni.wire.packing import U8, U32


@dataclass(frozen=True)
class GateHints:
    """Dealt besides: the bits of c and of lambda c, of every lane; the tables' products and inner flips."""

    c: U32
    kept: U32
    products: list[U32 | None]
    flips: list[U32]


@dataclass(frozen=True)
class GatePart:
    """What one evaluator has of a gate: its halves of c and of the output's mask, uint32 [lanes * n], and its
    shares."""

    c: U32
    mask: U32
    shares: GateShares
    hints: GateHints


def deal_hints(shape: GateShape, shift: int, dealer: Dealer, c: U32, lam: U32, sigmas: Sequence[U32]) -> None:
    """c: uint32 [lanes * n] mod 2^(shift + window). lam, sigmas: bits that the gate was dealt with, uint32 [n]."""
    window = reduce(c >> np.uint32(shift), shape.window)
    dealer.boolean(reduce(c, shift + shape.window), shift + shape.window)
    dealer.boolean(np.tile(lam, shape.lanes) * window, shape.window)
    TableHints(shape.carry).deal(dealer, window[: shape.n], sigmas)


def take_hints(shape: GateShape, shift: int, dealt: Dealt) -> GateHints:
    c = dealt.boolean(shape.payload, shift + shape.window)
    return GateHints(c, dealt.boolean(shape.payload, shape.window), *TableHints(shape.carry).take(dealt))


def take_gate_part(shape: GateShape, shift: int, dealt: Dealt, c: U32, mask: U32) -> GatePart:
    """In the order in which it was dealt."""
    return GatePart(c, mask, take_gate(shape, dealt), take_hints(shape, shift, dealt))


def relate_gate(shape: GateShape, shift: int, known: Known[GatePart]) -> list[Relations]:
    """Of the n compared values, and of each further lane's."""
    return [_Lane(shape, shift, known, lane).relations() for lane in range(shape.lanes)]


class _Lane:
    """Planes of one lane of a gate's values."""

    def __init__(self, shape: GateShape, shift: int, known: Known[GatePart], lane: int) -> None:
        self._shape, self._shift, self._known, self._lane = shape, shift, known, lane
        self._made = Relations(shape.n, frozenset(known))

    def relations(self) -> Relations:
        shape, made = self._shape, self._made
        c = xored({role: planes(self._of(part.hints.c), self._whole) for role, part in self._known.items()})
        kept = xored({role: planes(self._of(part.hints.kept), shape.window) for role, part in self._known.items()})
        window = c[self._shift :]
        (lam,) = xored({role: planes(part.shares.lam, 1) for role, part in self._known.items()})
        self._sum({role: self._of(part.c) for role, part in self._known.items()}, c)
        for bit, product in zip(window, kept, strict=True):
            made.product(lam, bit, product)
        left = [bit ^ product for bit, product in zip(window, kept, strict=True)]
        for at, total in enumerate((kept, left)):
            values = {
                role: self._of(part.shares.products[at]) + self._of(part.mask) for role, part in self._known.items()
            }
            self._sum(values, extended(total, shape.bits))
        if self._lane == 0:
            self._compared(lam, window, kept)
        return made

    @property
    def _whole(self) -> int:
        return self._shift + self._shape.window

    def _of(self, values: U32) -> U32:
        n = self._shape.n
        return values[self._lane * n : (self._lane + 1) * n]

    def _sum(self, values: Mapping[Role, U32], total: Sequence[U8]) -> None:
        add(self._made, values, total)

    def _compared(self, lam: U8, window: Sequence[U8], kept: Sequence[U8]) -> None:
        """lambda itself, the wraps, and the tables."""
        shape, made, known = self._shape, self._made, self._known
        self._sum({role: part.shares.lam for role, part in known.items()}, [lam] + [made.zero] * (shape.bits - 1))
        if shape.extends:
            above = shape.bits - shape.window
            of_kept, of_left = lam ^ kept[-1], made.one ^ lam ^ window[-1] ^ kept[-1]
            for at, bit in enumerate((of_kept, of_left)):
                wraps = {role: part.shares.wraps[at] for role, part in known.items() if part.shares.wraps is not None}
                self._sum(wraps, [bit] * above)
        carry, hints = shape.carry, TableHints(shape.carry)
        tables = [
            xored({role: planes(part.shares.tables[at], 1 << index) for role, part in known.items()})
            for at, index in enumerate(carry.indices)
        ]
        products = [
            xored({role: _planes(part.hints.products[at], bits) for role, part in known.items()})
            for at, bits in enumerate(hints.products)
        ]
        flips = xored({role: [planes(flip, 1)[0] for flip in part.hints.flips] for role, part in known.items()})
        hints.relate(made, tables, window, products, flips, made.one ^ lam ^ window[-1])


def add(relations: Relations, values: Mapping[Role, U32], total: Sequence[U8]) -> None:
    """The evaluators' parts, uint32 [n] each, sum to the total by its planes, mod 2^(their number)."""
    own = {role: planes(part, len(total)) for role, part in values.items()}
    first, second = (alone(own, role, total) for role in EVALUATORS)
    relations.sum_of(first, second, total)


def extended(bits: Sequence[U8], count: int) -> list[U8]:
    """With the sign repeated."""
    return [*bits, *[bits[-1]] * (count - len(bits))]


def _planes(words: U32 | None, bits: int) -> list[U8]:
    return [] if words is None else planes(words, bits)
