"""Local arithmetic on components, against its definition."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from snni.ring.arithmetic import sum_pool

WINDOWS = [
    ((5, 5), (2, 2), (0, 0)),
    ((3, 2), (1, 3), (1, 0)),
    ((2, 3), (3, 1), (0, 1)),
    ((9, 11), (1, 1), (0, 0)),
    ((1, 1), (2, 2), (0, 0)),
    ((4, 4), (1, 1), (2, 3)),
]


@pytest.mark.parametrize(("kernel", "stride", "padding"), WINDOWS)
@pytest.mark.parametrize("bits", [15, 32])
def test_every_window_is_summed_in_the_ring_and_the_component_is_left_as_it_was(
    kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int], bits: int
) -> None:
    share = np.random.default_rng(1).integers(0, 1 << 32, (3, 9, 11), dtype=np.uint32)
    before = share.copy()
    summed = sum_pool(share, kernel, stride, padding, bits)
    wide = np.pad(share.astype(object), ((0, 0), (padding[0],) * 2, (padding[1],) * 2))
    rows = range(0, wide.shape[1] - kernel[0] + 1, stride[0])
    columns = range(0, wide.shape[2] - kernel[1] + 1, stride[1])
    assert summed.shape == (3, len(rows), len(columns)) and summed.dtype == np.uint32
    for (i, top), (j, left) in itertools.product(enumerate(rows), enumerate(columns)):
        for channel in range(3):
            exact = wide[channel, top : top + kernel[0], left : left + kernel[1]].sum()
            assert summed[channel, i, j] == exact % (1 << bits)
    assert np.array_equal(share, before)
