"""Products of masked values, one by one: x y less its mask, in Z_2^bits. ASTRA (eprint 2019/429), section 3.2.

(s_x + c_x)(s_y + c_y): the dealer deals shares of c_x, c_y and c_x c_y less the output's mask; the rest is local, the
first evaluator adds s_x s_y. One opening.
"""

from __future__ import annotations

from dataclasses import dataclass

from snni.multiparty.dealing import Dealer, Dealt
from snni.multiparty.forms import Statement, Sum, Term
from snni.multiparty.opening import Opening
from snni.multiparty.roles import Role
from snni.wire.packing import U32, packed_bytes

Triple = tuple[U32, U32, U32]


@dataclass(frozen=True)
class ProductShape:
    """n products in Z_2^bits."""

    n: int
    bits: int

    @property
    def dealt_bytes(self) -> int:
        return 3 * packed_bytes(self.n, self.bits)

    @property
    def claimed_bytes(self) -> int:
        return 2 * packed_bytes(self.n, self.bits)

    @property
    def opened_bytes(self) -> tuple[int, ...]:
        return (packed_bytes(self.n, self.bits),)


def deal_product(shape: ProductShape, dealer: Dealer, c_x: U32, c_y: U32, mask: U32) -> None:
    """All uint32 [n]."""
    for value in (c_x, c_y, c_x * c_y - mask):
        dealer.additive(value, shape.bits)
    dealer.opens(lambda: opened_product(shape, c_x, c_y, mask))


def opened_product(shape: ProductShape, c_x: U32, c_y: U32, mask: U32) -> Sum:
    """What is opened, less s_x s_y, of s_x and of s_y."""
    return Sum((Term(c_y, shape.n, shape.bits), Term(c_x, shape.n, shape.bits)), c_x * c_y - mask, shape.bits)


def take_product(shape: ProductShape, dealt: Dealt) -> Triple:
    """This evaluator's shares."""
    return tuple(dealt.additive(shape.n, shape.bits) for _ in range(3))  # type: ignore[return-value]


def evaluate_product(shape: ProductShape, role: Role, shares: Triple, s_x: U32, s_y: U32, opening: Opening) -> U32:
    """The masked products, uint32 [n]."""
    c_x, c_y, rest = shares
    out = s_x * c_y + s_y * c_x + rest
    public = s_x * s_y
    terms = (s_x, shape.bits), (s_y, shape.bits)
    return opening.ring(out + public if role is Role.FIRST else out, shape.bits, lambda: Statement(terms, public))
