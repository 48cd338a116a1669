"""What a convolution among servers does around its product, against whole arrays."""

from __future__ import annotations

import numpy as np
import pytest

from snni.multiparty._ring_convolution import joined, wide_windows, windows

GEOMETRIES = [
    ((1, 1), (1, 1), (0, 0)),
    ((3, 2), (1, 1), (0, 0)),
    ((3, 3), (2, 1), (1, 1)),
    ((1, 5), (3, 2), (0, 4)),
    ((6, 7), (1, 1), (0, 0)),
    ((8, 9), (1, 2), (5, 5)),
    ((1, 1), (7, 7), (3, 3)),
]


@pytest.mark.parametrize(("kernel", "stride", "padding"), GEOMETRIES)
@pytest.mark.parametrize(("kind", "bits"), [(np.uint32, 19), (np.uint32, 32), (np.uint64, 53)])
def test_windows(kernel, stride, padding, kind, bits):
    x = np.random.default_rng(3).integers(0, 1 << (8 * kind().itemsize), (2, 3, 6, 7), kind)
    made = (windows if kind is np.uint32 else wide_windows)(x, kernel, stride, padding, bits)
    padded = np.pad(x & kind((1 << bits) - 1), ((0, 0), (0, 0), *((side, side) for side in padding)))
    views = np.lib.stride_tricks.sliding_window_view(padded, kernel, axis=(2, 3))[:, :, :: stride[0], :: stride[1]]
    wanted = views.transpose(1, 4, 5, 0, 2, 3).reshape(3 * kernel[0] * kernel[1], -1)
    assert made.dtype == np.float64 and np.array_equal(made.astype(np.uint64), wanted.astype(np.uint64))


def test_a_videos_pictures_lie_along_one_axis():
    """A selection's windows: a frame a channel, all its pixels side by side."""
    x = np.random.default_rng(5).integers(0, 256, (1, 2, 1, 3 * 224 * 224), np.uint32)
    assert np.array_equal(windows(x, (1, 1), (1, 1), (0, 0), 8), x.reshape(2, -1))


@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize(("limbs", "limb_bits"), [(1, 32), (2, 13), (3, 15)])
@pytest.mark.parametrize("bits", [1, 20, 32])
def test_limbs_are_put_together_in_the_ring(groups, limbs, limb_bits, bits):
    outputs, images, places = 2, 3, 5
    sums = np.random.default_rng(4).integers(0, 1 << 53, (groups, limbs * outputs, images * places))
    sums.flat[:2] = 0, (1 << 53) - 1
    made = joined(sums.astype(np.float64), limbs, limb_bits, images, bits)
    split = sums.reshape(groups, limbs, outputs, images, places).astype(object)
    whole = sum(split[:, at] << (at * limb_bits) for at in range(limbs)) % (1 << bits)
    wanted = whole.transpose(2, 0, 1, 3).reshape(images, groups * outputs, places)
    assert made.dtype == np.uint32 and np.array_equal(made.astype(object), wanted)


X, SUMS = np.zeros((1, 1, 4, 4), np.uint32), np.zeros((1, 4, 6))


@pytest.mark.parametrize("call", [
    lambda: windows(X, (5, 1), (1, 1), (0, 0), 8), lambda: windows(X, (1, 0), (1, 1), (0, 0), 8),
    lambda: windows(X, (1, 1), (0, 1), (0, 0), 8), lambda: windows(X, (1, 1), (1, 1), (0, 0), 33),
    lambda: windows(X, (1, 1), (1, 1), (1 << 32, 0), 8),
    lambda: windows(X, ((1 << 31),) * 2, (1, 1), ((1 << 31) - 3,) * 2, 8),
    lambda: wide_windows(X.astype(np.uint64), (1, 1), (1, 1), (0, 0), 54),
    lambda: joined(SUMS, 3, 8, 1, 8), lambda: joined(SUMS, 2, 8, 4, 8),
    lambda: joined(SUMS, 2, 32, 1, 8), lambda: joined(SUMS, 0, 8, 1, 8),
    lambda: joined(SUMS, 2, 8, 1, 0), lambda: joined(SUMS, 2, 8, 0, 8),
])  # fmt: skip
def test_impossible_shapes_are_refused(call):
    with pytest.raises(ValueError, match=r"bits|kernel|stride|rows|word|windows"):
        call()
