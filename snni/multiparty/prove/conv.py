"""What makes a dealt convolution (conv.py) right: gamma + c_y = C c_x mod 2^k, proved by the dealer.

The evaluators have halves of C, c_x and c_y and shares of gamma, all below 2^k. As integers their sums fulfil it up
to a multiple of 2^k, which the dealer deals besides, mod 2^(64 - k). Weighted by alpha for the channel and beta for the
place over all outputs it is one inner product, no longer than the fan-in (linear.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce as over

import numpy as np

from snni.model.steps import Conv
from snni.multiparty.dealing import Dealt
from snni.multiparty.keys import DealtStream
from snni.multiparty.prove.algebra import U64, WORDS, drawn
from snni.multiparty.prove.inner import Claim
from snni.multiparty.prove.keeping import take_wide
from snni.multiparty.prove.linear import exact, seen, weighed
from snni.multiparty.prove.planes import Known
from snni.multiparty.proving_conv import ProvingConv
from snni.multiparty.roles import Role
from snni.wire.packing import U32


@dataclass(frozen=True)
class ConvPart:
    """What one evaluator has: its halves of C and c_x, and of the outputs gamma, its half of c_y and its share of the
    quotients, uint64 [N, M, OH OW]."""

    weights: U64
    x: U64
    gamma: U64
    mask: U64
    quotient: U64


def take_conv_part(conv: ProvingConv, role: Role, c: U32, mask: U32, gammas: Dealt, quotients: Dealt) -> ConvPart:
    """c, mask: halves of the inputs' and of the outputs' masks, the evaluator's. gammas, quotients: what these come of,
    in this order where it is one."""
    bits, outputs = conv.step.ring_bits, mask
    shape = (len(outputs), conv.step.out_channels, -1)
    gamma = half(gammas.additive(outputs.size, bits), bits).reshape(shape)
    quotient = take_wide(quotients, outputs.size).reshape(shape)
    return ConvPart(conv.halves[role], half(c, bits), gamma, half(outputs, bits).reshape(shape), quotient)


@dataclass(frozen=True)
class ConvStatement:
    """Implements ``words.Statement``."""

    step: Conv
    known: Known[ConvPart]

    def claim(self, weights: DealtStream) -> Claim:
        parts = list(self.known.values())
        chi = Weights.drawn(weights, parts[0].gamma.shape)
        whole = _total([part.gamma + part.mask + (part.quotient << np.uint64(self.step.ring_bits)) for part in parts])
        x, c = _total([part.x for part in parts]), _total([part.weights for part in parts])
        return Claim(weighed(self.step, chi.alpha, c), seen(self.step, chi.beta, x), chi.sum(whole))


@dataclass(frozen=True)
class Weights:
    """Of a convolution's outputs [N, M, OH OW]: alpha uint64 [M], beta uint64 [N, OH OW]."""

    alpha: U64
    beta: U64

    @classmethod
    def drawn(cls, stream: DealtStream, outputs: tuple[int, ...]) -> Weights:
        """outputs: their shape."""
        images, channels, places = outputs
        return cls(drawn(stream, channels), drawn(stream, images * places).reshape(images, places))

    def sum(self, values: U64) -> int:
        """Of values by both weights, mod 2^64."""
        return WORDS.dot(self.alpha, np.einsum("nmp,np->m", values, self.beta))


def quotients(step: Conv, weights: U64, x: U64, gamma: U64, mask: U64) -> U64:
    """(C c_x - gamma - c_y) / 2^k mod 2^(64 - k), all but x sums of halves as integers; uint64 as gamma."""
    bits = step.ring_bits
    return (exact(step, weights, x, bits + 1, bits + 1) - gamma - mask) >> np.uint64(bits)


def half(values: U32, bits: int) -> U64:
    """As integers below 2^bits."""
    return (values & np.uint32((1 << bits) - 1)).astype(np.uint64)


def _total(parts: list[U64]) -> U64:
    return over(np.add, parts)
