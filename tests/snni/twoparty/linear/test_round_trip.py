"""Both parties at shipped parameters: shares add up to the convolution within one unit, as rarely as stated."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snni.errors import ParameterError
from snni.twoparty.linear import LARGE, ClientKeys, ClientLinear, Layout, ServerLinear, params_for
from tests.snni.twoparty.linear.layer_cases import case, geometries
from tests.snni.twoparty.linear.plain_conv import conv, plain_conv, signed_difference

KEYS = ClientKeys.generate()
PUBLIC = KEYS.public_key()
SEED = bytes(range(16))


def errors(geometry, batch, params=None, seed=1, weights=None, keys=KEYS):
    """Signed error of every result, after checking the declared bytes and each frame's shares."""
    layout = Layout(geometry, params or params_for(geometry, batch), batch)
    drawn, masks = case(geometry, seed, batch)
    weights = drawn if weights is None else weights
    client, server = ClientLinear(layout, keys), ServerLinear(layout, keys.public_key(), weights)
    upload = client.encrypt(masks)
    reply = server.evaluate(upload, SEED)
    assert (len(upload), len(reply)) == (layout.upload_bytes, layout.reply_bytes)
    mine, theirs = client.decrypt(reply), server.shares(SEED)
    assert max(mine.max(), theirs.max()) < 1 << geometry.ring_bits
    for frame in range(batch):
        assert np.array_equal(server.shares(SEED, frame=frame), theirs[frame])
    want = np.stack([plain_conv(geometry, weights, frame) for frame in masks])
    return signed_difference(mine.astype(np.int64) + theirs, want, geometry.ring_bits)


@given(geometry=geometries(), batch=st.integers(1, 4), seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_within_one_unit_everywhere(geometry, batch, seed):
    assert np.abs(errors(geometry, batch, seed=seed)).max() <= 1


CASES = {
    "stem in strips": (conv(3, 224, 4, 3, 2), 1),
    "strips across frames": (conv(2, 55, 4, 3, 1, 1), 3),
    "wide": (conv(2, 112, 2, 3, 1, 1), 1),
    "channels share a ciphertext": (conv(20, 13, 5, 3, 1, 1), 1),
    "fully connected": (conv(2048, 1, 10, bits=24), 2),
    "depthwise": (conv(12, 14, 12, 3, 1, 1, groups=12), 2),
    "stride without padding": (conv(4, 28, 4, 1, 2), 3),
    "deep": (conv(512, 7, 8, 3, 1, 1, bits=24), 2),
    "twenty-six bits": (conv(64, 8, 8, 3, 1, 1, bits=26), 2),
}


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
