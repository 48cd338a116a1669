"""Both parties at shipped parameters: shares add up to the convolution within one unit, as rarely as stated."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snni.errors import ParameterError
from snni.twoparty.linear import LARGE, ClientKeys, ClientLinear, Layout, ServerLinear, params_for
from tests.snni.twoparty.linear.layer_cases import geometries
from tests.snni.twoparty.linear.plain_conv import conv
from tests.snni.twoparty.linear.round_trip import CASES, KEYS, PUBLIC, SEED, errors


@given(geometry=geometries(), batch=st.integers(1, 4), seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_within_one_unit_everywhere(geometry, batch, seed):
    assert np.abs(errors(geometry, batch, seed=seed)).max() <= 1


@pytest.mark.parametrize("name", CASES)
def test_layers_of_networks(name):
    assert np.abs(errors(*CASES[name])).max() <= 1


@pytest.mark.parametrize("weight", [-127, 127])
def test_weights_at_the_extremes(weight):
    geometry = conv(64, 9, 4, 3, 1, 1, bits=24)
    assert np.abs(errors(geometry, 2, weights=np.full(geometry.weight_shape, weight, np.int8))).max() <= 1


@pytest.mark.parametrize("params", [None, LARGE], ids=["small", "large"])
def test_off_by_one_is_as_rare_as_stated(params, monkeypatch):
    """All randomness comes from one seed: a measurement with six deviations of room, the same in every run."""
    monkeypatch.setattr("snni.twoparty.linear.client.drawn", np.random.default_rng(5).bytes)
    geometry = conv(8, 28, 64, 3, 1, 1, bits=20)
    found = errors(geometry, 3, params, keys=ClientKeys.generate())
    bound = (params or params_for(geometry, 3)).off_by_one(geometry.ring_bits, geometry.fan_in)
    sampling = 6 * np.sqrt(bound / found.size)
    assert bound / 2 < np.mean(found != 0) < bound + sampling
    assert abs(np.mean(found)) < sampling  # up as often as down


def test_other_shapes_are_refused():
    layout = Layout(conv(2, 6, 3), params_for(conv(2, 6, 3), 2), 2)
    client, server = ClientLinear(layout, KEYS), ServerLinear(layout, PUBLIC, np.zeros((3, 2, 1, 1), np.int8))
    for masks in (np.zeros((1, 2, 6, 6), np.uint32), np.zeros((2, 2, 6, 6), np.int64)):
        with pytest.raises(ParameterError):
            client.encrypt(masks)
    with pytest.raises(ParameterError):
        server.shares(SEED, frame=2)
    with pytest.raises(ParameterError):
        server.shares(SEED[:-1])
    with pytest.raises(ParameterError):
        ServerLinear(layout, PUBLIC, np.zeros((3, 2, 1), np.int8))
