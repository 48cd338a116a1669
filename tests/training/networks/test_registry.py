"""Every network has the published parameters under torchvision's names, and gives scores of the right shape."""

import pytest
import torch
from torch import nn

from snni.compile.trace import trace
from snni.errors import SnniError
from training.networks import imagenet
from training.networks.convnet48 import convnet48
from training.networks.dinov2 import dinov2_l, dinov2_s
from training.networks.facenet import facenet
from training.networks.mobilenet_v2 import mobilenet_v2
from training.networks.mobilenet_v3 import mobilenet_v3_large, mobilenet_v3_small
from training.networks.registry import COMPILED, NETWORKS, network
from training.networks.resnet import resnet18, resnet50

LARGE = "dinov2_l"
"""Takes 1.2 GB: its shapes are checked without numbers."""


def parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def made(name: str, classes: int = 4) -> nn.Module:
    with torch.device("meta" if name == LARGE else "cpu"):
        return network(name).factory(classes=classes).eval()


@pytest.mark.parametrize(
    "module,count",
    [
        (lambda: resnet18(), 11_689_512),
        (lambda: resnet50(), 25_557_032),
        (lambda: mobilenet_v2(), 3_504_872),
        (lambda: mobilenet_v3_small(published=True), 2_542_856),
        (lambda: mobilenet_v3_large(published=True), 5_483_032),
        (lambda: facenet(), 27_910_327),
        (lambda: dinov2_s(), 22_056_576 + 4 * 769),
        (lambda: dinov2_l(), 304_368_640 + 4 * 2049),
        (lambda: convnet48(7), 1_485_831),
        (lambda: convnet48(), 1_482_756),
    ],
)
def test_parameters_are_as_many_as_published(module, count) -> None:
    with torch.device("meta"):
        assert parameters(module()) == count


FACTS = {
    "resnet18": (122, {"conv1.weight": (64, 3, 7, 7), "layer1.0.conv1.weight": (64, 64, 3, 3),
                       "layer2.0.downsample.0.weight": (128, 64, 1, 1), "layer4.1.bn2.running_var": (512,),
                       "fc.weight": (1000, 512)}),
    "resnet50": (320, {"bn1.num_batches_tracked": (), "layer1.0.conv1.weight": (64, 64, 1, 1),
                       "layer1.0.downsample.1.bias": (256,), "layer2.0.conv2.weight": (128, 128, 3, 3),
                       "layer4.2.conv3.weight": (2048, 512, 1, 1), "layer3.5.bn3.weight": (1024,),
                       "fc.weight": (1000, 2048), "fc.bias": (1000,)}),
    "mobilenet_v2": (314, {"features.0.0.weight": (32, 3, 3, 3), "features.1.conv.0.0.weight": (32, 1, 3, 3),
                           "features.1.conv.1.weight": (16, 32, 1, 1), "features.2.conv.0.0.weight": (96, 16, 1, 1),
                           "features.2.conv.1.0.weight": (96, 1, 3, 3), "features.17.conv.3.running_mean": (320,),
                           "features.18.0.weight": (1280, 320, 1, 1), "classifier.1.weight": (1000, 1280)}),
    "mobilenet_v3_small": (244, {"features.0.0.weight": (16, 3, 3, 3), "features.1.block.0.0.weight": (16, 1, 3, 3),
                                 "features.1.block.1.fc1.weight": (8, 16, 1, 1),
                                 "features.4.block.3.0.weight": (40, 96, 1, 1), "features.12.1.weight": (576,),
                                 "classifier.0.weight": (1024, 576), "classifier.3.weight": (1000, 1024)}),
    "mobilenet_v3_large": (312, {"features.1.block.0.0.weight": (16, 1, 3, 3),
                                 "features.4.block.2.fc1.weight": (24, 72, 1, 1),
                                 "features.16.0.weight": (960, 160, 1, 1), "classifier.3.bias": (1000,)}),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FACTS))
def test_state_dicts_are_those_of_public_checkpoints(name: str) -> None:
    count, shapes = FACTS[name]
    options = {"published": True} if "v3" in name else {}
    state = network(name).factory(classes=1000, **options).state_dict()
    assert len(state) == count
    assert {key: tuple(state[key].shape) for key in shapes} == shapes


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_scores_have_one_row_an_image(name: str) -> None:
    x = torch.rand(2, *network(name).input_shape, device="meta" if name == LARGE else "cpu")
    with torch.inference_mode():
        assert made(name)(x).shape == (2, 4)


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_every_weight_is_in_one_block_and_the_last_is_the_head(name: str) -> None:
    entry, module = network(name), made(name)
    names = list(module.state_dict())
    places = [entry.block_of(one) for one in names]
    assert sorted(set(places)) == list(range(len(entry.blocks)))
    assert all(sum(one.startswith(prefix) for prefix in entry.blocks) == 1 for one in names)
    other = made(name, classes=5).state_dict()
    changed = {one for one, value in module.state_dict().items() if value.shape != other[one].shape}
    assert changed == {one for one in names if one.startswith(entry.blocks[-1])}
    assert isinstance(module.get_submodule(entry.head), nn.Linear | nn.Conv2d)
    with pytest.raises(KeyError, match="none of the blocks"):
        entry.block_of("nothing.weight")


@pytest.mark.parametrize("name", sorted(NETWORKS.keys() - COMPILED.keys()))
def test_what_the_registry_says_does_not_compile_is_refused_with_a_reason(name: str) -> None:
    with pytest.raises(SnniError) as refused:
        trace(made(name), network(name).input_shape)
    assert str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("make,pooled", [(resnet18, (1, 64, 56, 56)), (resnet50, (1, 64, 56, 56))])
def test_average_pooling_keeps_shapes_and_names(make, pooled) -> None:
    average = make(classes=4, pool="average").eval()
    with torch.inference_mode():
        assert average.maxpool(torch.zeros(1, 64, 112, 112)).shape == pooled
    assert average.state_dict().keys() == make(classes=4).state_dict().keys()


def test_convnet_pools_as_asked() -> None:
    kinds = {p: [type(m).__name__ for m in convnet48(pool=p).modules() if "Pool" in type(m).__name__]
             for p in ("mixed", "max", "average")}  # fmt: skip
    assert kinds["mixed"] == ["MaxPool2d", "AvgPool2d", "AvgPool2d"]
    assert kinds["max"] == ["MaxPool2d"] * 3 and kinds["average"] == ["AvgPool2d"] * 3


def test_what_compiles_of_mobilenet_v3_has_the_published_names_but_the_excitations() -> None:
    published = mobilenet_v3_small(published=True).state_dict()
    plain = mobilenet_v3_small()
    assert published.keys() - plain.state_dict().keys() == {
        key for key in published if ".fc1." in key or ".fc2." in key
    }
    assert not plain.load_state_dict(published, strict=False).missing_keys
    assert not any(isinstance(m, nn.Hardswish | nn.Hardsigmoid) for m in plain.modules())


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "mobilenet_v2"])
def test_loading_a_public_checkpoint_moves_its_normalisation_inside(name: str) -> None:
    """Exact where no output of the first convolution sees padding."""
    torch.manual_seed(0)
    plain, absorbing = network(name).factory(classes=1000).eval(), getattr(imagenet, name)().eval()
    for module in plain.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    absorbing.load_state_dict(plain.state_dict())
    x = torch.rand(1, 3, 64, 64)
    mean, std = (torch.tensor(v)[None, :, None, None] for v in (imagenet.MEAN, imagenet.STD))
    with torch.inference_mode():
        (first, norm), (conv, after) = ([m for m in n.modules() if isinstance(m, nn.Conv2d | nn.BatchNorm2d)][:2]
                                        for n in (plain, absorbing))  # fmt: skip
        wanted, got = norm(first((x - mean) / std))[..., 2:-2, 2:-2], after(conv(x))[..., 2:-2, 2:-2]
    assert torch.allclose(wanted, got, atol=1e-4)
    assert wanted.std() > 0.1


def test_an_unknown_name_is_told_the_known_ones() -> None:
    with pytest.raises(KeyError, match="resnet50"):
        network("resnet51")
