"""A torch device gives the replies that the cores give, byte for byte, or is refused before it sees a ciphertext."""

import numpy as np
import pytest
import torch

from snni.errors import ParameterError
from snni.twoparty.linear import LARGE, ClientKeys, ClientLinear, Layout, ServerLinear, params_for
from snni.twoparty.linear.product import CORES, TorchProduct, product_on
from tests.snni.twoparty.linear.layer_cases import case
from tests.snni.twoparty.linear.plain_conv import conv

KEYS = ClientKeys.generate()
PUBLIC = KEYS.public_key()
SEED = bytes(range(16))
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
CASES = {
    "stem in strips": (conv(3, 224, 4, 3, 2), 1),
    "channels share a ciphertext": (conv(20, 13, 5, 3, 1, 1), 1),
    "depthwise": (conv(12, 14, 12, 3, 1, 1, groups=12), 2),
    "grouped": (conv(12, 9, 8, 3, 1, 1, groups=4), 2),
    "more terms than a portion": (conv(512, 7, 8, 3, 1, 1, bits=24), 2),
    "more outputs than a portion": (conv(16, 7, 300, 1), 1),
}


@pytest.fixture(params=DEVICES, scope="module")
def product(request):
    return TorchProduct(request.param)


def replies(geometry, batch, weights, product, params=None):
    layout = Layout(geometry, params or params_for(geometry, batch), batch)
    _, masks = case(geometry, 3, batch)
    upload = ClientLinear(layout, KEYS).encrypt(masks)
    return [ServerLinear(layout, PUBLIC, weights, which).evaluate(upload, SEED) for which in (CORES, product)]


@pytest.mark.parametrize("name", CASES)
def test_the_same_reply_as_the_cores(name, product):
    geometry, batch = CASES[name]
    cores, device = replies(geometry, batch, case(geometry, 3, batch)[0], product)
    assert device == cores


@pytest.mark.parametrize("weight", [-128, 127])
def test_the_same_reply_at_the_extremes(weight, product):
    geometry = conv(256, 9, 4, 3, 1, 1, bits=24)
    cores, device = replies(geometry, 2, np.full(geometry.weight_shape, weight, np.int8), product, LARGE)
    assert device == cores


def test_a_device_that_rounds_is_refused(monkeypatch):
    exact = torch.matmul
    monkeypatch.setattr(torch, "matmul", lambda a, b: exact(a.float(), b.float()).double())
    with pytest.raises(ParameterError, match="exactly"):
        TorchProduct("cpu")


def test_a_device_that_is_not_there_is_named():
    with pytest.raises(ParameterError, match="cuda:97"):
        product_on("cuda:97")


def test_the_cores_need_no_torch():
    assert product_on("cpu") is CORES
