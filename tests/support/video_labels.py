"""The label of a video where no rounding of the protocol changes it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from snni.model.bundle import Bundle
from snni.model.reference import Reference
from snni.model.video_label import LabelLaw, label, probabilities

DRAWS = 24
SIGMAS = 12.0
"""Rounding errors are sums of many small bounded ones: below exp(-SIGMAS^2 / 2) = 2^-103 each, and the deviation over
DRAWS runs is known to a third."""


def sure_label(bundle: Bundle, frames: NDArray[np.uint8]) -> int | None:
    """The law's label of selected frames uint8 [n, C, H, W]; None where rounding by chance could make it another."""
    plan, reference = bundle.plan, Reference(bundle.plan, bundle.weights)
    law = LabelLaw(plan.values[plan.scores].ring_bits, plan.levels, len(frames))
    plain = np.stack([reference.run(frame).scores for frame in frames])
    drawn = np.stack([reference.draws(frame, DRAWS) for frame in frames], axis=1)
    sums = np.stack(
        [probabilities(law, scores, np.random.default_rng(at)).sum(axis=0) for at, scores in enumerate(drawn)]
    )
    best = label(law, plain)
    gaps = sums[:, [best]] - np.delete(sums, best, axis=1)
    sure = bool((gaps.mean(axis=0) > SIGMAS * 1.34 * gaps.std(axis=0)).all()) and bool((gaps.mean(axis=0) > 0).all())
    return best if sure else None


def sure_picture(bundle: Bundle) -> tuple[NDArray[np.uint8], int]:
    """A picture uint8 [C, H, W] whose largest score is above 0 and so far ahead that no rounding changes a label."""
    reference, rng = Reference(bundle.plan, bundle.weights), np.random.default_rng(0)
    for _ in range(4000):
        picture = rng.integers(0, 256, bundle.plan.input_shape, np.uint8) >> np.uint8(rng.integers(0, 8))
        scores = np.sort(reference.run(picture).scores)
        if scores[-1] > 0 and scores[-1] - max(0, scores[-2]) > scores[-1] // 3:
            return picture, int(np.argmax(reference.run(picture).scores))
    raise AssertionError("no such picture")
