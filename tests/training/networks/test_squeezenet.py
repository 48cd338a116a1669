"""SqueezeNet v1.1 has torchvision's names and shapes, and folding its norms changes nothing but rounding."""

import pytest
import torch
from torch import nn

from training.networks.fold import fold_before, folded
from training.networks.squeezenet import FIRES, initialised, squeezenet_v1_1

SHAPES = {"features.0.weight": (64, 3, 3, 3), "features.0.bias": (64,)}
for index, (channels, squeezed, expanded) in {
    3: (64, 16, 64), 4: (128, 16, 64), 6: (128, 32, 128), 7: (256, 32, 128),
    9: (256, 48, 192), 10: (384, 48, 192), 11: (384, 64, 256), 12: (512, 64, 256),
}.items():  # fmt: skip
    SHAPES |= {
        f"features.{index}.squeeze.weight": (squeezed, channels, 1, 1),
        f"features.{index}.squeeze.bias": (squeezed,),
        f"features.{index}.expand1x1.weight": (expanded, squeezed, 1, 1),
        f"features.{index}.expand1x1.bias": (expanded,),
        f"features.{index}.expand3x3.weight": (expanded, squeezed, 3, 3),
        f"features.{index}.expand3x3.bias": (expanded,),
    }
SHAPES |= {"classifier.1.weight": (4, 512, 1, 1), "classifier.1.bias": (4,)}


def test_names_and_shapes_are_torchvisions() -> None:
    state = squeezenet_v1_1().state_dict()
    assert {name: tuple(value.shape) for name, value in state.items()} == SHAPES
    assert list(state) == list(SHAPES)


def test_the_last_features_of_a_crop_are_thirteen_wide() -> None:
    with torch.inference_mode():  # the ceil of ceil_mode shows here: the floor would give 12
        network = squeezenet_v1_1().eval()
        assert network.embed(torch.zeros(1, 3, 224, 224)).shape == (1, 512, 13, 13)
        assert network(torch.zeros(2, 3, 224, 224)).shape == (2, 4)


def test_folding_keeps_the_function() -> None:
    torch.manual_seed(3)
    network = initialised()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                assert module.running_mean is not None and module.running_var is not None
                module.running_mean.normal_(0, 0.3)
                module.running_var.uniform_(0.5, 2.0)
                if module.affine:
                    module.weight.uniform_(0.5, 1.5)
                    module.bias.normal_(0, 0.3)
    inputs = torch.rand(2, 3, 224, 224)
    plain = folded(network)
    with torch.inference_mode():
        wanted, got = network.eval()(inputs), plain(inputs)
    assert wanted.abs().max() > 0.1
    assert torch.allclose(wanted, got, atol=1e-4, rtol=1e-4)
    assert list(plain.state_dict()) == list(SHAPES)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in plain.modules())


def test_plain_weights_load_into_the_twin_with_norms() -> None:
    plain = squeezenet_v1_1()
    missing = initialised().load_state_dict(plain.state_dict(), strict=False)
    assert not missing.unexpected_keys
    assert all("norm" in name for name in missing.missing_keys)


def test_a_norm_before_padding_is_refused() -> None:
    with pytest.raises(ValueError, match="padded"):
        fold_before(nn.BatchNorm2d(3), nn.Conv2d(3, 4, 3, padding=1))


def test_the_network_can_be_traced() -> None:
    traced = torch.fx.symbolic_trace(squeezenet_v1_1().eval())
    assert sum(isinstance(traced.get_submodule(str(node.target)), nn.Conv2d)
               for node in traced.graph.nodes if node.op == "call_module") == 2 + 3 * len(FIRES)  # fmt: skip
