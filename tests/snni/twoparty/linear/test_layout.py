"""Layouts of whole networks, their cost, and the bounds on what is accepted."""

import numpy as np
import pytest

from snni.errors import ParameterError
from snni.twoparty.linear import LARGE, PARAMETER_SETS, SMALL, ConvGeometry, Layout, choose_params, params_for
from tests.snni.twoparty.linear.plain_conv import conv, resnet, squeezenet

NETWORKS = {
    "squeezenet": squeezenet(),
    "resnet18": resnet([2, 2, 2, 2], bottleneck=False),
    "resnet50": resnet([3, 4, 6, 3], bottleneck=True),
}


def test_the_networks_are_the_known_ones():
    def macs(layers):
        return sum(g.out_channels * g.out_height * g.out_width * g.fan_in for g in layers)

    assert macs(NETWORKS["squeezenet"]) == 262_970_048
    assert [len(NETWORKS[n]) for n in NETWORKS] == [26, 21, 54]
    assert NETWORKS["resnet50"][-1].in_channels == 2048


@pytest.mark.parametrize("batch", [1, 8])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_has_a_layout(name, batch):
    for geometry in NETWORKS[name]:
        params = params_for(geometry, batch)
        layout = Layout(geometry, params, batch)
        assert geometry.fan_in <= params.max_fan_in(geometry.ring_bits)
        assert layout.offsets.shape == (geometry.groups, geometry.fan_in)
        readable = layout.ciphertexts_per_block * layout.row_stride
        assert 0 <= layout.offsets.min() <= layout.offsets.max() + params.degree <= readable
        sent = sum(len(layout.positions(j)) for j in range(layout.blocks))
        assert sent == batch * geometry.out_height * geometry.out_width
        assert sum(layout.runs(j).sum() for j in range(layout.blocks)) == sent
        assert all(layout.positions(j).max() < min(layout.valid, params.degree) for j in range(layout.blocks))


def test_batches_amortise():
    def reply(batch):
        return sum(Layout(g, params_for(g, batch), batch).reply_bytes for g in NETWORKS["squeezenet"]) / batch

    assert reply(8) < reply(1) / 1.5


def test_smaller_parameters_where_they_bear_it():
    assert choose_params(576, 20) is SMALL
    assert choose_params(SMALL.max_fan_in(24), 24) is SMALL
    assert choose_params(SMALL.max_fan_in(24) + 1, 24) is LARGE
    assert choose_params(27, 20, reach=1500) is LARGE


def test_the_bound_is_the_stated_one():
    for params in PARAMETER_SETS:
        for bits in (2, 20, 24, 26):
            fan_in, unit = params.max_fan_in(bits), params.modulus / 2**bits
            assert fan_in > 0
            room = (1 - 1 / 32 - 3 / 8) * unit
            worst = 128 * 21.5 * fan_in + 42 * params.degree + 21
            assert worst <= room
            assert fan_in == 1 << 19 or worst + 128 * 21.5 > room * (1 - 2**-19)


@pytest.mark.parametrize(
    ("fan_in", "bits", "reach"), [(0, 20, 0), (1, 1, 0), (1, 27, 0), (10**6, 26, 0), (9, 20, 4096)]
)
def test_layers_out_of_bounds_are_refused(fan_in, bits, reach):
    with pytest.raises(ParameterError):
        choose_params(fan_in, bits, reach)


def test_layouts_out_of_bounds_are_refused():
    geometry = conv(512, 7, 4, 3, 1, 1, bits=26)
    assert params_for(geometry, 1) is LARGE
    with pytest.raises(ParameterError, match="terms"):
        Layout(geometry, SMALL, 1)
    with pytest.raises(ParameterError, match="wide"):
        Layout(ConvGeometry(1, 5, 1500, 1, (3, 3)), SMALL, 1)
    for batch in (0, 4097):
        with pytest.raises(ParameterError, match="batch"):
            Layout(conv(1, 4, 1), SMALL, batch)


@pytest.mark.parametrize(
    "fields",
    [
        {"in_channels": 0},
        {"in_channels": 3, "groups": 2},
        {"out_channels": 5, "groups": 2},
        {"kernel": (9, 1)},
        {"stride": (0, 1)},
        {"padding": (0, -1)},
        {"ring_bits": 27},
        {"height": 5000},
    ],
)
def test_geometries_out_of_range_are_refused(fields):
    usual = {"in_channels": 4, "height": 8, "width": 8, "out_channels": 4, "kernel": (3, 3)}
    with pytest.raises(ParameterError):
        ConvGeometry(**{**usual, **fields})


def test_layouts_of_different_layers_have_different_digests():
    layers = {(g, b): Layout(g, params_for(g, b), b).digest for g in set(NETWORKS["squeezenet"]) for b in (1, 2)}
    assert len(set(layers.values())) == len(layers)
    assert np.unique([len(d) for d in layers.values()]).tolist() == [8]
