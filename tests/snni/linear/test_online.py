"""conv_ring against the plain convolution, over geometries of every kind."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from plain_conv import conv, plain_conv

from snni.errors import ParameterError
from snni.linear import ConvGeometry, conv_ring


@st.composite
def geometries(draw, side=14, kernel=7):
    def pair(low, high):
        return draw(st.tuples(st.integers(low, high), st.integers(low, high)))

    groups = draw(st.sampled_from([1, 1, 2, 3]))
    height, width = pair(1, side)
    fields = (groups * draw(st.integers(1, 3)), height, width, groups * draw(st.integers(1, 3)))
    window, stride, padding = pair(1, kernel), pair(1, 3), pair(0, 4)
    assume(height + 2 * padding[0] >= window[0] and width + 2 * padding[1] >= window[1])
    return ConvGeometry(*fields, window, stride, padding, groups, draw(st.integers(2, 26)))


def case(geometry, seed, batch=None):
    rng = np.random.default_rng(seed)
    shape = (geometry.in_channels, geometry.height, geometry.width)
    x = rng.integers(0, 1 << geometry.ring_bits, shape if batch is None else (batch, *shape), dtype=np.uint32)
    return rng.integers(-127, 128, geometry.weight_shape).astype(np.int8), x


@given(geometry=geometries(), seed=st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_is_the_convolution(geometry, seed):
    weights, x = case(geometry, seed)
    assert np.array_equal(conv_ring(geometry, weights, x), plain_conv(geometry, weights, x))


@pytest.mark.parametrize(
    "geometry",
    [
        conv(3, 224, 4, 3, 2),
        conv(2, 112, 3, 3, 1, 1),
        conv(512, 1, 10),
        conv(6, 13, 6, 3, 1, 1, groups=6),
        conv(3, 64, 2, 7, 2, 3),
    ],
    ids=["stem", "wide", "linear", "depthwise", "resnet-stem"],
)
def test_larger_maps(geometry):
    weights, x = case(geometry, 5)
    assert np.array_equal(conv_ring(geometry, weights, x), plain_conv(geometry, weights, x))


def test_wider_shares_are_reduced_first():
    geometry = conv(2, 5, 3, 3, 1, 1, bits=18)
    weights, x = case(geometry, 6)
    assert np.array_equal(conv_ring(geometry, weights, x), conv_ring(geometry, weights, x + np.uint32(5 << 18)))


def test_refuses_other_shapes_and_types():
    geometry = conv(2, 5, 3)
    weights, x = case(geometry, 7)
    for w, v in ((weights[:1], x), (weights.astype(np.int16), x), (weights, x[:1]), (weights, x.astype(np.uint64))):
        with pytest.raises(ParameterError):
            conv_ring(geometry, w, v)
