"""A convolution of a masked value by masked weights: y = W x + b, x = c_x + s_x, W = C + S, all mod 2^k.

ASTRA (Chaudhari, Choudhury, Patra, Suresh, eprint 2019/429), section 3.2 (multiplication), for matrices:

  W x = S s_x + S c_x + C s_x + C c_x.

The dealer knows C and c_x, so it deals gamma = C c_x - c_y, c_y the output's fresh mask. Each evaluator adds what it
can from its halves of C and c_x, the first also S s_x; both open y - c_y. All but one product is made ahead: online an
evaluator convolves s_x once, the first with S + C_1, the second with C_2.
"""

from __future__ import annotations

from dataclasses import dataclass

from snni.model.steps import Conv
from snni.multiparty.dealing import Dealer, Dealt
from snni.multiparty.opening import Opening
from snni.multiparty.product import RingWeights, convolved
from snni.multiparty.registered import LinearOperation
from snni.ring.arithmetic import reduce
from snni.wire.packing import U32, packed_bytes


@dataclass(frozen=True)
class EvaluatorConv:
    """One evaluator's part of a convolution: S, what it multiplies s_x by, and its share of the bias, uint32 [M].

    shape: of one output.
    """

    step: Conv
    shape: tuple[int, int, int]
    masked: RingWeights
    online: RingWeights
    bias: U32
    channels: int

    def prepare(self, dealt: Dealt, c: U32) -> U32:
        """Its share of all that does not depend on s_x, uint32 [N, M, OH OW]. c: its half of the inputs' masks."""
        product = convolved(self.step, self.masked, c)
        gamma = dealt.additive(product.size, self.step.ring_bits).reshape(product.shape)
        return reduce(gamma + product + self.bias[:, None], self.step.ring_bits)

    def evaluate(self, prepared: U32, s: U32, opening: Opening) -> U32:
        """y less its mask, uint32 [N, M, OH, OW]."""
        shares = prepared + convolved(self.step, self.online, s)
        return opening.ring(shares, self.step.ring_bits).reshape(-1, *self.shape)


@dataclass(frozen=True)
class DealerConv:
    """The dealer's part of a convolution: C, of so many input channels."""

    step: Conv
    weights: RingWeights
    channels: int


def deal_conv(part: DealerConv, dealer: Dealer, c: U32, mask: U32) -> None:
    """c: the inputs' masks, uint32 [N, C, H, W]. mask: the outputs', uint32 [N, M, OH, OW]."""
    product = convolved(part.step, part.weights, c).reshape(mask.shape)
    dealer.additive(product - mask, part.step.ring_bits)


def conv_dealt_bytes(elements: int, ring_bits: int) -> int:
    """To the second evaluator, ahead."""
    return packed_bytes(elements, ring_bits)


CONV = LinearOperation(Conv)
