"""The gate y = 1{x >= 0} x for a masked x = c + s: the dealer knows c, both evaluators know s.

SiRNN (eprint 2021/459), sections 3 and 4.2, for the derivative by a carry and the extension by the two msbs; the
multiplexer is ASTRA's bit by value (eprint 2019/429, section 4) with the bit opened under a mask of the dealer's (Trio,
eprint 2024/386): delta = d XOR lambda is public to the evaluators, and

  d x = (delta + (1 - 2 delta) lambda) (s + A + msb_s B),   A = c - 2^window msb_c,   B = -2^window (1 - msb_c),

so with shares of lambda, lambda A, lambda B, (1 - lambda) A and (1 - lambda) B, dealt ahead, what is left is local. A +
msb_s B + s is x as an integer wherever d = 1, because the wrap of the shares is (msb_c OR msb_s) there; without
extension B is 0. The output's mask is subtracted by the dealer in what it deals, an addend's mask added. One opening of
y less its mask. ignored = g low bits: as in the two-party engine (Circa, arXiv 2106.08475, section 3, with a centred
threshold); the evaluators add h = 2^(g-1) - 1 to s. The law of errors is `snni.model.reference`'s.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snni.errors import ParameterError
from snni.multiparty import _gate
from snni.multiparty.carry import CarryShape, deal_carry, open_carry, take_carry
from snni.multiparty.dealing import Dealer, Dealt
from snni.multiparty.forms import Statement, Sum, Term
from snni.multiparty.opening import Opening
from snni.multiparty.roles import Role
from snni.ring.arithmetic import ring_mask
from snni.wire.packing import U8, U32, packed_bytes


@dataclass(frozen=True)
class GateShape:
    """n values in Z_2^window, results in Z_2^bits; lanes payloads under the same bit (1 when bits > window).

    ignored: low bits that the comparison drops, fewer than the window has below its sign.
    """

    n: int
    window: int
    bits: int
    lanes: int = 1
    ignored: int = 0

    def __post_init__(self) -> None:
        if not 2 <= self.window <= self.bits <= 32:
            raise ParameterError(f"window of {self.window} bits in a ring of {self.bits}")
        if self.lanes < 1 or (self.extends and self.lanes != 1):
            raise ParameterError(f"{self.lanes} lanes")
        if not 0 <= self.ignored <= self.window - 2:
            raise ParameterError(f"{self.ignored} bits ignored of a window of {self.window}")

    @property
    def extends(self) -> bool:
        return self.bits > self.window

    @property
    def carry(self) -> CarryShape:
        return CarryShape(self.n, self.window - 1 - self.ignored, self.ignored)

    @property
    def half(self) -> int:
        """h: what the evaluators add before low bits are dropped."""
        return max(0, (1 << self.ignored >> 1) - 1)

    @property
    def payload(self) -> int:
        return self.n * self.lanes

    @property
    def dealt_bytes(self) -> int:
        """To the second evaluator, ahead."""
        wraps = 2 * packed_bytes(self.payload, self.bits - self.window)
        return (
            self.carry.dealt_bytes + packed_bytes(self.n, self.bits) + 2 * packed_bytes(self.payload, self.bits) + wraps
        )

    @property
    def claimed_bytes(self) -> int:
        """From the first evaluator to the dealer of four, in as many frames as there are openings."""
        wraps = 2 * packed_bytes(self.n, self.bits - self.window)
        return self.carry.dealt_bytes + packed_bytes(self.payload, self.bits) + packed_bytes(self.n, self.bits) + wraps

    @property
    def opened_bytes(self) -> tuple[int, ...]:
        """Payloads of the online openings, each way."""
        return (*self.carry.opened_bytes, packed_bytes(self.payload, self.bits))


def msb(x: U32, window: int) -> U32:
    """The sign bit of a residue mod 2^window."""
    top: U32 = x >> np.uint32(window - 1)
    top &= np.uint32(1)
    return top


def deal_gate(shape: GateShape, dealer: Dealer, c: U32, mask: U32) -> tuple[list[U32], U32]:
    """c: uint32 [lanes * n] mod 2^window, the compared value first. mask: the output's, less the mask of an addend.

    Returns the bits that it drew: the flips of the tables but the last, and lambda, uint32 [n] each.
    """
    sigmas = [dealer.own.bits(shape.n) for _ in shape.carry.indices[1:]]
    lam = dealer.own.bits(shape.n)
    sign = msb(c[: shape.n], shape.window)
    flip = sign ^ lam
    flip ^= np.uint32(1)
    deal_carry(shape.carry, dealer, c[: shape.n], sigmas, flip)
    dealer.additive(lam, shape.bits)
    kept = np.tile(lam, shape.lanes) if shape.lanes > 1 else lam
    for product in _gate.products(c, kept, mask, shape.window, shape.extends):
        dealer.additive(product, shape.bits)
    if shape.extends:
        for wrap in _gate.wraps(c, lam, shape.window):
            dealer.additive(wrap, shape.bits - shape.window)
    dealer.opens(lambda: _form(shape, lam, c, mask))
    return sigmas, lam


def _form(shape: GateShape, lam: U32, c: U32, mask: U32) -> Sum:
    """What is opened, less delta s, of (1 - 2 delta) s, of delta, and where it extends of msb_s (1 - delta) and of
    msb_s delta."""
    kept, sign = np.tile(lam, shape.lanes), msb(c[: shape.n], shape.window)
    value = c - (sign << np.uint32(shape.window)) if shape.extends else c
    terms = [
        Term(kept, shape.payload, shape.bits),
        Term((np.uint32(1) - np.uint32(2) * kept) * value, shape.n, shape.bits),
    ]
    if shape.extends:
        above, wrap = shape.bits - shape.window, sign - np.uint32(1)
        terms += [Term(chosen * wrap, shape.n, above, left=shape.window) for chosen in (lam, np.uint32(1) - lam)]
    return Sum(tuple(terms), kept * value - mask, shape.bits)


@dataclass(frozen=True)
class GateShares:
    """One evaluator's shares of what was dealt for a gate. Used once."""

    tables: list[U32]
    lam: U32
    products: tuple[U32, U32]
    wraps: tuple[U32, U32] | None


def take_gate(shape: GateShape, dealt: Dealt) -> GateShares:
    """In the order in which they were dealt."""
    tables = take_carry(shape.carry, dealt)
    lam = dealt.additive(shape.n, shape.bits)
    products = dealt.additive(shape.payload, shape.bits), dealt.additive(shape.payload, shape.bits)
    above = shape.bits - shape.window
    wraps = (dealt.additive(shape.n, above), dealt.additive(shape.n, above)) if shape.extends else None
    return GateShares(tables, lam, products, wraps)


def evaluate_gate(
    shape: GateShape, role: Role, shares: GateShares, s: U32, opening: Opening, addend: U32 | None = None
) -> U32:
    """y less its mask, uint32 [lanes * n] mod 2^bits; plus an addend's masked value, uint32 [lanes * n].

    s: the masked payload, uint32 [lanes * n] mod 2^window, the compared value first.
    """
    compared = s[: shape.n] + np.uint32(shape.half)
    compared &= ring_mask(shape.window)
    carries = open_carry(shape.carry, shares.tables, compared, opening.bits)
    first = role is Role.FIRST
    mine = np.ascontiguousarray(addend) if first and addend is not None else None
    dealt = shares.lam, shares.products, shares.wraps
    out = _gate.chosen(s, carries, *dealt, mine, shape.window, shape.half, first)
    return opening.ring(out, shape.bits, lambda: _said(shape, s, compared, carries, addend))


def _said(shape: GateShape, s: U32, compared: U32, carries: U8, addend: U32 | None) -> Statement:
    """The terms of ``_form``."""
    value = compared - np.uint32(shape.half) if shape.extends else s
    sign = msb(compared, shape.window)
    wide = carries.astype(np.uint32) ^ sign
    chosen = np.tile(wide, shape.lanes)
    terms = [((np.uint32(1) - np.uint32(2) * chosen) * value, shape.bits), (wide, shape.bits)]
    if shape.extends:
        above = shape.bits - shape.window
        terms += [(sign * (np.uint32(1) - wide), above), (sign * wide, above)]
    return Statement(tuple(terms), chosen * value if addend is None else chosen * value + addend)
