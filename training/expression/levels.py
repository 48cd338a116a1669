"""Four levels of pain out of seven expressions, in the network's last layer.

Pain's action units (brows lowered, nose wrinkled, lip raised, eyes tightened: Prkachin and Solomon, Pain 139(2), 2008)
are those of anger and of disgust. What speaks for pain is therefore the sum of these two scores, less those of a
neutral and of a happy face: twice the logarithm of how much likelier, in the geometric mean, the first two are than the
others. Three thresholds cut it into levels. The middle one, from which a level counts as pain, is where neither pair is
likelier; the others are as far from it as drawn faces of PSPI 1 and of PSPI 3 and above differ from those of 2.

Scores are lines that cross at the thresholds, score k = (k z - (t_1 + ... + t_k)) / SOFTNESS, of which the highest one
at z is that of the level that z lies in: so the levels need nothing but a linear layer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from scipy.optimize import minimize_scalar
from torch import Tensor
from torch.nn import functional

from training.errors import OptionError
from training.expression.package import EXPRESSIONS

PAIN: Mapping[str, float] = {"angry": 1.0, "disgusted": 1.0, "neutral": -1.0, "happy": -1.0}
"""What each expression's score counts."""
THRESHOLDS = (-4.0, 0.0, 6.0)
LEAN = 0.75
"""Added where two networks' answers are averaged. They err apart, so that the mean is steadier: of 260 crops
of 40 rendered people it calls 3 % of calm ones where face-api's answer alone calls 11 %, and finds the same 44 % of
painful ones. This much gives some of that back: 8 % and 48 %."""
SOFTNESS = 4.0
"""By how much z must pass a threshold for odds of e to 1; it changes no level. `fitted_softness` finds another."""
SOFTEST, SHARPEST = 16.0, 0.25


def pain_weights() -> Tensor:
    """float [7], in the order of EXPRESSIONS. They sum to 0: what all scores share cancels out."""
    return torch.tensor([PAIN.get(name, 0.0) for name in EXPRESSIONS])


def with_levels(state: Mapping[str, Tensor], thresholds: Sequence[float] = THRESHOLDS) -> dict[str, Tensor]:
    """The state dict of a network of expressions, its last layer giving levels: as many as thresholds, and one more.

    Raises:
        OptionError: the thresholds do not rise.
    """
    require_rising(thresholds)
    weights = pain_weights().to(state["fc.weight"].dtype)
    slope, height = weights @ state["fc.weight"], weights @ state["fc.bias"]
    order, passed = _lines(thresholds, slope.dtype)
    head = {"fc.weight": torch.outer(order, slope) / SOFTNESS, "fc.bias": (order * height - passed) / SOFTNESS}
    return {**state, **head}


def scores_of(z: Tensor, thresholds: Sequence[float] = THRESHOLDS, softness: float = SOFTNESS) -> Tensor:
    """Of each level, float [n, levels], for answers z, float [n]: the highest is that of the level that z lies in."""
    order, passed = _lines(thresholds, z.dtype)
    return (z[:, None] * order - passed) / softness


def fitted_softness(z: Tensor, levels: Tensor, thresholds: Sequence[float]) -> float:
    """With which the probabilities of these answers, float [n], are most likely given their levels, int64 [n].

    It is temperature scaling (C. Guo et al., "On calibration of modern neural networks", ICML 2017, section 4.2).
    """

    def unlikely(logarithm: float) -> float:
        return float(functional.cross_entropy(scores_of(z.double(), thresholds, math.exp(logarithm)), levels))

    ends = (math.log(SHARPEST), math.log(SOFTEST))
    return float(math.exp(minimize_scalar(unlikely, bounds=ends, method="bounded").x))


def thresholds_of(bias: Tensor, softness: float, z: float) -> tuple[float, ...]:
    """Those of scores, float [levels], that were made of an answer z by `scores_of`; to a thousandth."""
    order = torch.arange(len(bias), dtype=torch.float64)
    passed = z * order - softness * bias.double()
    return tuple(round(float(one), 3) for one in passed.diff())


def require_rising(thresholds: Sequence[float]) -> None:
    """Raise OptionError unless they rise."""
    if not thresholds or list(thresholds) != sorted(set(thresholds)):
        raise OptionError(f"thresholds must rise, got {', '.join(f'{one:g}' for one in thresholds)}")


def _lines(thresholds: Sequence[float], dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """k and t_1 + ... + t_k of each level k: float [levels] each."""
    return torch.arange(len(thresholds) + 1, dtype=dtype), torch.tensor([0.0, *thresholds], dtype=dtype).cumsum(0)
