"""Convolutions mod 2^k of full ring elements against sums of whole numbers, however the work is cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snni.model.steps import Conv
from snni.multiparty import ring_convolution
from snni.multiparty.ring_convolution import RingWeights, convolved
from snni.ring.random import uniform


def ideal(step: Conv, weights, x):
    """Term by term, in whole numbers."""
    (kh, kw), (sh, sw), (ph, pw) = step.kernel, step.stride, step.padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw))).astype(object)
    out_height, out_width = (padded.shape[2] - kh) // sh + 1, (padded.shape[3] - kw) // sw + 1
    each, fan = step.out_channels // step.groups, x.shape[1] // step.groups
    out = np.zeros((len(x), step.out_channels, out_height, out_width), object)
    for m in range(step.out_channels):
        mine = padded[:, m // each * fan : (m // each + 1) * fan]
        for i in range(out_height):
            for j in range(out_width):
                window = mine[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
                out[:, m, i, j] = (window * weights[m].astype(object)).sum(axis=(1, 2, 3)) % (1 << step.ring_bits)
    return out.reshape(len(x), step.out_channels, -1)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), bits=st.integers(2, 26), cut=st.booleans())
def test_products_are_exact_mod_the_ring(seed, bits, cut):
    rng = np.random.default_rng(seed)
    groups, kernel = int(rng.integers(1, 3)), tuple(int(side) for side in rng.integers(1, 4, 2))
    step = Conv(
        name="conv",
        x="x",
        y="y",
        kernel=kernel,
        stride=tuple(int(side) for side in rng.integers(1, 3, 2)),
        padding=tuple(int(rng.integers(0, side)) for side in kernel),
        out_channels=groups * int(rng.integers(1, 4)),
        groups=groups,
        ring_bits=bits,
    )
    fan = int(rng.integers(1, 4))
    x = uniform((int(rng.integers(1, 5)), groups * fan, *(int(side) for side in rng.integers(3, 7, 2))), bits)
    weights = uniform((step.out_channels, fan, *kernel), bits)
    with pytest.MonkeyPatch.context() as patched:
        if cut:  # image by image
            patched.setattr(ring_convolution, "AT_ONCE", 1)
        made = convolved(step, RingWeights.of(step, weights), x)
    assert made.dtype == np.uint32 and np.array_equal(made.astype(object), ideal(step, weights, x))


def test_extremes_at_a_long_fan_in_are_exact():
    step = Conv(
        name="conv", x="x", y="y", kernel=(3, 3), stride=(1, 1), padding=(0, 0), out_channels=1, groups=1, ring_bits=26
    )
    top = np.uint32((1 << 26) - 1)
    x, weights = np.full((1, 512, 3, 3), top, np.uint32), np.full((1, 512, 3, 3), top, np.uint32)
    made = convolved(step, RingWeights.of(step, weights), x)
    assert int(made[0, 0, 0]) == 512 * 9 * int(top) ** 2 % (1 << 26)
