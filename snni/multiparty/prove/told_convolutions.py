"""One evaluator's part of what an opening of a convolution's outputs is checked by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snni.model.steps import Conv
from snni.multiparty.keys import DealtStream
from snni.multiparty.prove.algebra import U64
from snni.multiparty.prove.conv import Weights
from snni.multiparty.prove.hidden import Widths
from snni.multiparty.prove.inner import Claim
from snni.multiparty.prove.linear import exact, seen, weighed
from snni.wire.packing import U32


@dataclass(frozen=True)
class ConvolvedPart:
    """Its halves of C and c_x, None at the other evaluator; aside: U of the weights, None at the dealer."""

    step: Conv
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    weights: U64 | None
    x: U64 | None
    aside: U64 | None

    @property
    def widths(self) -> Widths:
        return ((int(np.prod(self.inputs)), self.bits),)

    @property
    def count(self) -> int:
        return int(np.prod(self.outputs))

    @property
    def bits(self) -> int:
        return self.step.ring_bits

    def told(self, u: list[U32], psi: U64) -> U64:
        if self.weights is None or self.x is None or self.aside is None:
            raise ValueError("told by who has no share")
        bits, hidden = self.bits, u[0].reshape(self.inputs).astype(np.uint64)
        both = exact(self.step, self.weights, hidden, bits, bits) + exact(self.step, self.aside, self.x, bits, bits)
        return psi - both.reshape(-1)

    def claim(self, weights: DealtStream, u: list[U32] | None, z: U64) -> Claim:
        """z: psi_i - chi_i as far as it is known. u: None at the dealer. C u + U c_x, each by what weights and inputs
        come to (linear.py)."""
        chi, a, b = Weights.drawn(weights, self._shape), None, None
        if u is not None and self.aside is not None:
            hidden = u[0].reshape(self.inputs).astype(np.uint64)
            b = np.concatenate([seen(self.step, chi.beta, hidden), weighed(self.step, chi.alpha, self.aside)])
        if self.weights is not None and self.x is not None:
            a = np.concatenate([weighed(self.step, chi.alpha, self.weights), seen(self.step, chi.beta, self.x)])
        return Claim(a, b, chi.sum(z.reshape(self._shape)))

    @property
    def _shape(self) -> tuple[int, ...]:
        return self.inputs[0], self.step.out_channels, self.count // (self.inputs[0] * self.step.out_channels)


@dataclass(frozen=True)
class ToldConvolved:
    """Implements ``words.Statement``: that a part was told right. z: psi_i - chi_i as far as it is known."""

    part: ConvolvedPart
    u: list[U32] | None
    z: U64

    def claim(self, weights: DealtStream) -> Claim:
        return self.part.claim(weights, self.u, self.z)
