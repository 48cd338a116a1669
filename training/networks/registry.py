"""The networks by name: how to make one, what it takes, where it comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from training.networks import convnet48, mobilenet_v2, mobilenet_v3, resnet, squeezenet


@dataclass(frozen=True)
class Network:
    """factory: called with ``classes`` by name. input_shape: [C, H, W]. about: one line with the source."""

    factory: Callable[..., nn.Module]
    input_shape: tuple[int, int, int]
    about: str


NETWORKS = {
    "squeezenet": Network(squeezenet.squeezenet_v1_1, (3, 224, 224), "SqueezeNet v1.1, arXiv 1602.07360"),
    "resnet18": Network(resnet.resnet18, resnet.INPUT_SHAPE, "ResNet18, arXiv 1512.03385"),
    "resnet50": Network(resnet.resnet50, resnet.INPUT_SHAPE, "ResNet50 v1.5, arXiv 1512.03385"),
    "convnet48": Network(convnet48.convnet48, convnet48.INPUT_SHAPE, "ConvNet for grey 48x48 faces, arXiv 2102.03513"),
    "mobilenet_v2": Network(mobilenet_v2.mobilenet_v2, mobilenet_v2.INPUT_SHAPE, "MobileNetV2, arXiv 1801.04381"),
    "mobilenet_v3_small": Network(
        mobilenet_v3.mobilenet_v3_small,
        mobilenet_v3.INPUT_SHAPE,
        "MobileNetV3 small with ReLU and without excitations, after arXiv 1905.02244",
    ),
    "mobilenet_v3_large": Network(
        mobilenet_v3.mobilenet_v3_large,
        mobilenet_v3.INPUT_SHAPE,
        "MobileNetV3 large with ReLU and without excitations, after arXiv 1905.02244",
    ),
}


def network(name: str) -> Network:
    """The entry of a name. Raises KeyError naming those there are."""
    if name not in NETWORKS:
        raise KeyError(f"no network {name}; there are {', '.join(sorted(NETWORKS))}")
    return NETWORKS[name]
