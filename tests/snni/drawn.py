"""Secure scores beside a sample of the ideal's: the same truncations, rounding by chance, in plaintext."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from snni.model.bundle import Bundle
from snni.model.reference import Reference

RUNS = 48
DEVIATIONS = 13.25
"""Scores are sums of many small roundings, so normal. Of 48 normal draws a further one is beyond 13.25 of their
standard deviations with a chance of 2^-56: Student's t with 47 degrees of freedom, times the root of 1 + 1/48."""


@dataclass(frozen=True)
class Drawn:
    """scores: int64 [runs, levels], of one image."""

    scores: NDArray[np.int64]

    @property
    def room(self) -> NDArray[np.float64]:
        """How far from the mean a further run may be, float64 [levels]; half a unit where no run differs."""
        return DEVIATIONS * self.scores.std(axis=0, ddof=1) + 0.5

    def assert_like(self, scores: Sequence[int] | NDArray[np.int64]) -> None:
        """That these scores, [levels], are a run of the same kind."""
        away = np.abs(np.asarray(scores) - self.scores.mean(axis=0))
        assert (away <= self.room).all(), (away, self.room)

    @property
    def sure_level(self) -> int | None:
        """The level that a further run gives, too; None where the second largest score is near."""
        means = self.scores.mean(axis=0)
        top, second = (int(index) for index in np.argsort(means)[::-1][:2])
        margin = (self.scores[:, top] - self.scores[:, second]).astype(float)
        return top if margin.mean() > DEVIATIONS * margin.std(ddof=1) else None


def drawn(bundle: Bundle, image: NDArray[np.generic], runs: int = RUNS) -> Drawn:
    """image: integers [C, H, W]."""
    return Drawn(Reference(bundle.plan, bundle.weights).draws(image, runs))
