"""Truncation that keeps the sign, into another ring: y = trunc(x) in Z_2^out_bits, |trunc(x)| < 2^(window - 2).

The evaluators add 2^(window - 2), so that the sum is known not to be negative: its wrap is (msb_c OR msb_s), as in the
gate (SiRNN, eprint 2021/459, section 4.2), and msb_s is known to both. Dealt: shares of A less the output's mask, and
of B.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snni.model.plan import Plan
from snni.model.steps import Rescale
from snni.multiparty.dealing import Dealer, Dealt
from snni.multiparty.forms import Statement, Sum, Term
from snni.multiparty.gate import msb
from snni.multiparty.opening import Opening
from snni.multiparty.registered import InteractiveOperation
from snni.multiparty.roles import Role
from snni.ring.arithmetic import reduce
from snni.ring.truncation import truncate_mask, truncate_masked
from snni.wire.packing import U32, packed_bytes


@dataclass(frozen=True)
class RescaleOperation:
    """shape: of all images' x, [N, C, H, W]."""

    shape: tuple[int, ...]
    ring_bits: int
    shift: int
    window: int
    out_bits: int

    @property
    def elements(self) -> int:
        return int(np.prod(self.shape))

    @property
    def dealt_bytes(self) -> int:
        above = packed_bytes(self.elements, self.out_bits - self.window) if self.out_bits > self.window else 0
        return packed_bytes(self.elements, self.out_bits) + above

    @property
    def claimed_bytes(self) -> int:
        return packed_bytes(self.elements, self.out_bits - self.window)

    @property
    def opened_bytes(self) -> tuple[int, ...]:
        return (packed_bytes(self.elements, self.out_bits),)

    def deal(self, dealer: Dealer, c: U32, mask: U32 | None) -> U32:
        if mask is None:
            raise ValueError("a rescale's mask is drawn with the evaluators")
        kept = truncate_mask(c, self.shift, self.window).reshape(-1)
        sign = msb(kept, self.window)
        constant, wrap = kept - (sign << np.uint32(self.window)) - mask.reshape(-1), sign - np.uint32(1)
        above = self.out_bits - self.window
        dealer.additive(constant, self.out_bits)
        if above:
            dealer.additive(wrap, above)
        terms = (Term(wrap, self.elements, above, left=self.window),) if above else ()
        dealer.opens(lambda: Sum(terms, constant, self.out_bits))
        return mask

    def take(self, dealt: Dealt) -> tuple[U32, U32 | None]:
        share = dealt.additive(self.elements, self.out_bits)
        above = self.out_bits - self.window
        return share, dealt.additive(self.elements, above) if above else None

    def evaluate(self, role: Role, shares: tuple[U32, U32 | None], s: U32, opening: Opening) -> U32:
        out, wraps = shares
        offset = np.uint32(1 << (self.window - 2))
        lifted = reduce(truncate_masked(s, self.ring_bits, self.shift, self.window) + offset, self.window).reshape(-1)
        public, sign, above = lifted - offset, msb(lifted, self.window), self.out_bits - self.window
        if role is Role.FIRST:
            out = out + public
        if wraps is not None:
            out = out + ((sign * wraps) << np.uint32(self.window))
        terms = ((sign, above),) if above else ()
        return opening.ring(out, self.out_bits, lambda: Statement(terms, public)).reshape(self.shape)


def _of(step: Rescale, plan: Plan, images: int) -> RescaleOperation:
    x = plan.values[step.x]
    return RescaleOperation((images, *x.shape), x.ring_bits, step.shift, step.window, step.out_bits)


RESCALE = InteractiveOperation(Rescale, _of, draws_output=True)
