"""The gate against 1{x >= 0} x: every mask and masked value at small windows, random ones beyond, edges always."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snni.errors import ParameterError
from snni.multiparty.carry import CarryShape
from snni.multiparty.gate import GateShape
from tests.snni.multiparty.dealt_gate import gate


def signed(x, window):
    return (x.astype(np.int64) + (1 << (window - 1))) % (1 << window) - (1 << (window - 1))


def ideal(c, s, shape: GateShape):
    """x where the sign of the high parts is not negative, the evaluators' moved by h; else 0."""
    window, ignored = shape.window, shape.ignored
    moved = (s.astype(np.int64) + shape.half) % (1 << window)
    high = (c.astype(np.int64) >> ignored) + (moved >> ignored)
    passes = high % (1 << (window - ignored)) < 1 << (window - ignored - 1)
    return np.where(passes, signed(c + s, window), 0) % (1 << shape.bits)


@pytest.mark.parametrize("window", [2, 3, 5, 6, 8])
@pytest.mark.parametrize("above", [0, 5, 14])
@pytest.mark.parametrize("ignored", [0, 1, 2, 3])
def test_every_pair_of_mask_and_masked_value(window, above, ignored):
    if ignored > window - 2:
        with pytest.raises(ParameterError):
            GateShape(1, window, window + above, ignored=ignored)
        return
    c, s = (g.astype(np.uint32).reshape(-1) for g in np.meshgrid(np.arange(1 << window), np.arange(1 << window)))
    x = signed(c + s, window)
    room = (1 << (window - 1)) - ((1 << ignored) if ignored else 0)
    inside = (np.abs(x) < room) | ((x == -room) if not ignored else False)
    c, s = c[inside], s[inside]
    shape = GateShape(c.size, window, window + above, ignored=ignored)
    mask = np.random.default_rng(window).integers(0, 1 << shape.bits, c.size, np.uint32)
    got, _ = gate(shape, c, s, mask)
    assert np.array_equal(got, ideal(c, s, shape))


@settings(max_examples=25, deadline=None)
@given(window=st.integers(9, 31), extra=st.integers(0, 6), seed=st.integers(0, 2**31), n=st.integers(1, 300))
def test_random_and_edge_values(window, extra, seed, n):
    rng = np.random.default_rng(seed)
    top = 1 << window
    x = np.concatenate([rng.integers(0, top, n), [0, 1, top // 2 - 1, top // 2, top - 1]])
    c = rng.integers(0, top, x.size).astype(np.uint32)
    s = ((x - c) % top).astype(np.uint32)
    shape = GateShape(x.size, window, min(32, window + extra))
    mask = rng.integers(0, 1 << shape.bits, x.size, np.uint32)
    got, _ = gate(shape, c, s, mask)
    assert np.array_equal(got, ideal(c, s, shape))


def test_lanes_go_under_the_first_ones_bit():
    rng = np.random.default_rng(7)
    n, window = 200, 6
    c = rng.integers(0, 1 << window, 2 * n).astype(np.uint32)
    s = rng.integers(0, 1 << window, 2 * n).astype(np.uint32)
    shape = GateShape(n, window, window, lanes=2)
    got, _ = gate(shape, c, s, np.zeros(2 * n, np.uint32))
    passes = signed(c[:n] + s[:n], window) >= 0
    assert np.array_equal(got, np.where(np.tile(passes, 2), (c + s) % (1 << window), 0))


@pytest.mark.parametrize("bits", range(1, 21))
def test_tables_cover_the_bits_they_carry(bits):
    shape = CarryShape(1, bits)
    assert sum(shape.digits) == bits and max(shape.indices) <= 5 and min(shape.digits) >= 1


@pytest.mark.parametrize("changed", [{"n": 0}, {"window": 1}, {"bits": 33}, {"lanes": 0}, {"lanes": 2, "bits": 9}])
def test_impossible_shapes_are_refused(changed):
    with pytest.raises(ParameterError):
        _ = GateShape(**({"n": 4, "window": 8, "bits": 8} | changed)).carry
