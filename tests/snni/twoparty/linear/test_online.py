"""conv_ring against the plain convolution, over geometries of every kind."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snni.errors import ParameterError
from snni.twoparty.linear import conv_ring
from tests.snni.twoparty.linear.layer_cases import case, geometries
from tests.snni.twoparty.linear.plain_conv import conv, plain_conv


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
