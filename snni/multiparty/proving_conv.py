"""A convolution's weights as three active servers hold them: what each needs to compute, and to prove and verify."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from snni.model.steps import Conv
from snni.multiparty.conv import DealerConv, EvaluatorConv
from snni.multiparty.roles import Role

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
