"""What makes a dealt product (multiply.py) right: rest + mask = c_x c_y mod 2^k, proved by the dealer.

Shares of c_x and c_y are the halves that evaluators draw, so that nothing is dealt for them. As integers below 2^k the
sums of halves fulfil it up to a multiple of 2^k, which the dealer deals besides, as of a convolution (conv.py)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce as over

import numpy as np

from snni.multiparty.multiply import ProductShape
from snni.multiparty.prove.algebra import U64
from snni.multiparty.prove.conv import half
from snni.multiparty.prove.planes import Known
from snni.wire.packing import U32


@dataclass(frozen=True)
class ProductPart:
    """One evaluator's halves of c_x, c_y and of the output's mask, its shares of the rest and of the quotients: uint64
    [n], the first four below 2^k."""

    x: U64
    y: U64
    mask: U64
    rest: U64
    quotient: U64


def product_part(shape: ProductShape, x: U32, y: U32, mask: U32, rest: U32, quotient: U64) -> ProductPart:
    """Of what is known mod 2^32."""
    below = [half(one, shape.bits) for one in (x, y, mask, rest)]
    return ProductPart(below[0], below[1], below[2], below[3], quotient)


def product_quotients(shape: ProductShape, x: U64, y: U64, rest: U64, mask: U64) -> U64:
    """(c_x c_y - rest - mask) / 2^k mod 2^(64 - k), all of them sums of halves as integers."""
    return (x * y - rest - mask) >> np.uint64(shape.bits)


@dataclass(frozen=True)
class ProductStatement:
    """Implements ``sums.Summed``."""

    shape: ProductShape
    known: Known[ProductPart]
    products: int = 1

    @property
    def count(self) -> int:
        return self.shape.n

    @property
    def bits(self) -> int:
        return self.shape.bits

    @property
    def z(self) -> U64:
        shift = np.uint64(self.bits)
        return over(np.add, [part.rest + part.mask + (part.quotient << shift) for part in self.known.values()])

    def coefficients(self, taken: slice) -> list[U64]:
        return [over(np.add, [part.x[taken] for part in self.known.values()])]

    def values(self, taken: slice) -> list[U64]:
        return [over(np.add, [part.y[taken] for part in self.known.values()])]
