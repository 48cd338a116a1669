"""What weighted outputs of a convolution are an inner product of, and how often weights hide what is off."""

from __future__ import annotations

import numpy as np
import pytest

from snni.model.steps import Conv
from snni.multiparty.keys import DealtStream
from snni.multiparty.prove.algebra import WORDS
from snni.multiparty.prove.conv import Weights
from snni.multiparty.prove.linear import exact, seen, weighed

SHAPES = [
    (1, 4, 3, (1, 1), (1, 1), (0, 0), 1),
    (4, 6, 7, (3, 2), (2, 1), (1, 0), 1),
    (6, 6, 5, (3, 3), (1, 2), (1, 1), 6),
    (4, 8, 6, (5, 1), (1, 3), (2, 2), 2),
]


@pytest.mark.parametrize(("channels", "out", "size", "kernel", "stride", "padding", "groups"), SHAPES)
def test_weighted_outputs_are_an_inner_product(channels, out, size, kernel, stride, padding, groups):
    step = Conv(name="conv", x="x", y="y", kernel=kernel, stride=stride, padding=padding, out_channels=out,
                groups=groups, ring_bits=12)  # fmt: skip
    rng = np.random.default_rng(size)
    weights = rng.integers(0, 1 << 13, (out, channels // groups, *kernel), np.uint64)
    x = rng.integers(0, 1 << 13, (3, channels, size, size), np.uint64)
    whole = exact(step, weights, x, 13, 13)
    chi = Weights.drawn(DealtStream(bytes(16)), whole.shape)
    product = WORDS.dot(weighed(step, chi.alpha, weights), seen(step, chi.beta, x))
    one_by_one = (whole * chi.alpha[None, :, None] * chi.beta[:, None, :]).sum(dtype=np.uint64)
    assert product == chi.sum(whole) == int(one_by_one)


@pytest.mark.parametrize("t", [1, 3, 5])
def test_how_often_weights_hide_what_is_off(t):
    """One output off by an odd number: by a multiple of 2^t after weights no more often than (t + 2) / 2^(t + 1), of
    20,000 draws by 8 standard deviations."""
    draws, bound = 20_000, (t + 2) / 2 ** (t + 1)
    rng = np.random.default_rng(t)
    alpha, beta = (rng.integers(0, 1 << 64, (draws, 3), np.uint64) for _ in range(2))
    off = np.zeros((3, 3), np.uint64)
    off[1, 2] = 5
    for others in (np.zeros_like(off), rng.integers(0, 1 << 64, (3, 3), np.uint64) & ~np.uint64(1)):
        total = np.einsum("dm,mp,dp->d", alpha, off + others, beta)
        hidden = np.count_nonzero(total & np.uint64((1 << t) - 1) == 0)
        assert hidden / draws <= bound + 8 * np.sqrt(bound / draws)
