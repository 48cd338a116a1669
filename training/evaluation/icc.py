"""Intraclass correlation: how far judges agree on targets, as a part of how much the targets differ.

P. E. Shrout, J. L. Fleiss, "Intraclass correlations: uses in assessing rater reliability", Psychological Bulletin
86(2), 1979. A two-way analysis of variance of n targets rated by k judges gives the mean squares between targets
(BMS), between judges (JMS) and of the residue (EMS):

    ICC(3,1) = (BMS - EMS) / (BMS + (k - 1) EMS)                           judges fixed; consistency
    ICC(2,1) = (BMS - EMS) / (BMS + (k - 1) EMS + k (JMS - EMS) / n)       judges drawn; absolute agreement

Here the judges are the truth and the network, k = 2, and the targets are crops.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Icc:
    """consistency: ICC(3,1). absolute: ICC(2,1). None where the ratings do not vary."""

    consistency: float | None
    absolute: float | None


def icc(ratings: NDArray[np.generic]) -> Icc:
    """Of ratings [n targets, k judges].

    Raises:
        ValueError: not two-dimensional, or fewer than two judges.
    """
    if ratings.ndim != 2 or ratings.shape[1] < 2:
        raise ValueError(f"ratings of [n, k >= 2] are needed, got {list(ratings.shape)}")
    x = ratings.astype(np.float64)
    n, k = x.shape
    if n < 2:
        return Icc(None, None)
    mean, targets, judges = x.mean(), x.mean(axis=1), x.mean(axis=0)
    bms = k * ((targets - mean) ** 2).sum() / (n - 1)
    jms = n * ((judges - mean) ** 2).sum() / (k - 1)
    ems = ((x - targets[:, None] - judges[None, :] + mean) ** 2).sum() / ((n - 1) * (k - 1))
    between = bms + (k - 1) * ems
    whole = between + k * (jms - ems) / n
    return Icc(_ratio(bms - ems, between), _ratio(bms - ems, whole))


def _ratio(part: float, whole: float) -> float | None:
    return float(part / whole) if whole > 1e-12 else None
