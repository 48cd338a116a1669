"""An epoch's views of the pool: some are one picture over another, all are what a network takes."""

from __future__ import annotations

import numpy as np
import torch

from training.narrow.pool import inputs

COUNT = 100


def test_some_views_are_two_over_each_other() -> None:
    """Two pictures, one half white and the other half black: mirrored or in another light, either has a wide spread;
    what has hardly any is one over the other."""
    pictures = np.zeros((2, 224, 224, 3), np.uint8)
    pictures[0, :, :112], pictures[1, :, 112:] = 255, 255
    chosen = np.zeros(COUNT, np.int64)
    spread = inputs(pictures, chosen, np.random.default_rng(1)).std((1, 2, 3))
    widest = float(spread.max())
    assert int((spread < 0.25 * widest).sum()) >= 5, "of 25 that are mixed with the other one"
    assert int((spread > 0.4 * widest).sum()) >= 60, "half are not mixed, a quarter with their like"


def test_views_are_inputs_and_leave_the_pool_as_it_is() -> None:
    pictures = np.random.default_rng(1).integers(0, 256, (4, 224, 224, 3)).astype(np.uint8)
    kept = pictures.copy()
    x = inputs(pictures, np.arange(4), np.random.default_rng(2))
    assert np.array_equal(pictures, kept)
    assert x.shape == (4, 3, 224, 224) and x.dtype is torch.float32
    assert 0 <= float(x.min()) <= float(x.max()) <= 1
