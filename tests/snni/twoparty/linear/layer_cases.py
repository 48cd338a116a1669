"""Random layers, and weights and values for them."""

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from snni.twoparty.linear import ConvGeometry


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
