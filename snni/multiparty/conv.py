"""A convolution of a masked value by masked weights: y = W x + b, x = c_x + s_x, W = C + S, all mod 2^k.

ASTRA (Chaudhari, Choudhury, Patra, Suresh, eprint 2019/429), section 3.2 (multiplication), for matrices:

  W x = S s_x + S c_x + C s_x + C c_x.

The dealer knows C and c_x, so it deals gamma = C c_x - c_y, c_y the output's fresh mask. Each evaluator adds what it
can from its halves of C and c_x, the first also S s_x; both open y - c_y. All but one product is made ahead: online an
evaluator convolves s_x once, the first with S + C_1, the second with C_2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from snni.errors import ParameterError
from snni.model.steps import Conv
from snni.multiparty.dealing import Dealer, Dealt
from snni.multiparty.forms import Statement
from snni.multiparty.opening import Opening
from snni.multiparty.registered import LinearOperation
from snni.multiparty.ring_convolution import RingWeights, convolved
from snni.multiparty.roles import Role
from snni.ring.arithmetic import ring_mask
from snni.wire.packing import U32, packed_bytes


@dataclass(frozen=True)
class EvaluatorConv:
    """One evaluator's part of a convolution: S, what it multiplies s_x by, and its share of the bias, uint32 [M].

    shape: of one output. public: the bias's masked value, uint32 [M], of which both know that it is in the first's
    share.
    """

    step: Conv
    role: Role
    shape: tuple[int, int, int]
    masked: RingWeights
    online: RingWeights
    bias: U32
    public: U32
    channels: int

    def prepare(self, dealt: Dealt, c: U32) -> U32:
        """Its share of all that does not depend on s_x, uint32 [N, M, OH OW]. c: its half of the inputs' masks."""
        product = convolved(self.step, self.masked, c)
        product += dealt.additive(product.size, self.step.ring_bits).reshape(product.shape)
        product += self.bias[:, None]
        product &= ring_mask(self.step.ring_bits)
        return product

    def evaluate(self, prepared: U32, s: U32, opening: Opening) -> U32:
        """y less its mask, uint32 [N, M, OH, OW]."""
        shares = convolved(self.step, self.online, s)
        shares += prepared
        return opening.ring(shares, self.step.ring_bits, lambda: self._said(s)).reshape(-1, *self.shape)

    def _said(self, s: U32) -> Statement:
        public = convolved(self.step, self.masked, s) + self.public[:, None]
        return Statement(((s.reshape(-1), self.step.ring_bits),), public.reshape(-1))


@dataclass(frozen=True)
class DealerConv:
    """The dealer's part of a convolution: C and the bias's mask uint32 [M], of so many input channels.

    aside: where evaluators are checked, the dealer's S + U and the witness's U, U a mask that the dealer does not know.
    """

    step: Conv
    weights: RingWeights
    bias: U32
    channels: int
    aside: RingWeights | None = None


@dataclass(frozen=True)
class Convolved:
    """A form: C s + S c + C c + c_b - c_y in s, whose second part the dealer and the witness have together."""

    part: DealerConv
    inputs: tuple[int, ...]
    constant: U32
    aside: U32
    boolean: bool = False

    @property
    def widths(self) -> tuple[tuple[int, int], ...]:
        return ((math.prod(self.inputs), self.part.step.ring_bits),)

    @property
    def count(self) -> int:
        return self.constant.size

    @property
    def bits(self) -> int:
        return self.part.step.ring_bits

    def of(self, terms: list[U32]) -> U32:
        return convolved(self.part.step, self.part.weights, terms[0].reshape(self.inputs)).reshape(-1)


def deal_conv(part: DealerConv, dealer: Dealer, c: U32, mask: U32) -> None:
    """c: the inputs' masks, uint32 [N, C, H, W]. mask: the outputs', uint32 [N, M, OH, OW]."""
    gamma = convolved(part.step, part.weights, c).reshape(mask.shape)
    gamma -= mask
    dealer.additive(gamma, part.step.ring_bits)
    dealer.opens(lambda: _form(part, c, gamma))


def _form(part: DealerConv, c: U32, gamma: U32) -> Convolved:
    if part.aside is None:
        raise ParameterError("this share of the weights is not one by which evaluators are checked")
    constant = gamma + part.bias[:, None, None]
    return Convolved(part, c.shape, constant.reshape(-1), convolved(part.step, part.aside, c).reshape(-1))


def conv_dealt_bytes(elements: int, ring_bits: int) -> int:
    """To the second evaluator, ahead."""
    return packed_bytes(elements, ring_bits)


CONV = LinearOperation(Conv)
