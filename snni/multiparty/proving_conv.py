"""A convolution's weights as three active servers hold them: what each needs to compute, and to prove and verify."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from snni.model.steps import Conv
from snni.multiparty.conv import DealerConv, EvaluatorConv
from snni.multiparty.roles import EVALUATORS, Role
from snni.ring.random import uniform_from
from snni.wire.packing import U32

U64 = NDArray[np.uint64]


@dataclass(frozen=True)
class ProvingConv:
    """halves: of C, uint64 as the weights, by evaluator as far as they are known. aside: U, at the evaluators alone.

    part: as among passive servers, the dealer's with S + U aside; None where only sizes are asked for.
    """

    step: Conv
    halves: Mapping[Role, U64]
    aside: U64 | None
    part: DealerConv | EvaluatorConv | None

    def dealer(self) -> DealerConv:
        if not isinstance(self.part, DealerConv):
            raise TypeError("the dealer's part, at an evaluator")
        return self.part

    def evaluator(self) -> EvaluatorConv:
        if not isinstance(self.part, EvaluatorConv):
            raise TypeError("an evaluator's part, at the dealer")
        return self.part


Convolutions = Mapping[str, ProvingConv]
"""By step name."""


def dealer_proves(
    steps: Sequence[tuple[Conv, tuple[int, ...]]], seeds: tuple[bytes, bytes], parts: Mapping[str, DealerConv]
) -> Convolutions:
    """steps: with their weights' shapes. seeds: of C's halves. parts: by step name."""
    made = {}
    for stream, (step, shape) in enumerate(steps):
        halves = {role: _half(seed, stream, step, shape) for role, seed in zip(EVALUATORS, seeds, strict=True)}
        made[step.name] = ProvingConv(step, halves, None, parts[step.name])
    return made


def evaluator_proves(
    steps: Sequence[tuple[Conv, tuple[int, ...]]],
    role: Role,
    seed: bytes,
    aside: Mapping[str, U32],
    parts: Mapping[str, EvaluatorConv],
) -> Convolutions:
    """As ``dealer_proves``. seed: of this evaluator's half; aside: U by step name."""
    made = {}
    for stream, (step, shape) in enumerate(steps):
        half, hiding = _half(seed, stream, step, shape), aside[step.name].astype(np.uint64)
        made[step.name] = ProvingConv(step, {role: half}, hiding, parts[step.name])
    return made


def _half(seed: bytes, stream: int, step: Conv, shape: tuple[int, ...]) -> U64:
    """Of C, as model.py draws it."""
    return uniform_from(seed, 2 * stream, shape, step.ring_bits).astype(np.uint64)
