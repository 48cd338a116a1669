"""The networks for public ImageNet checkpoints, which were trained on (x - mean) / std: loading one moves that inside.

    ./run compile --module training.networks.imagenet:resnet50 --weights FILE.pth --calibration FILE.npy --out DIR

The images given are RGB in [0, 1]. The first convolution takes 1 / std, the norm after it the rest: exact but for the
outputs that see the padding, which was zero after normalisation (the mean colour) and is zero before it now (black).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from training.networks import mobilenet_v2 as v2
from training.networks import resnet

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


def resnet18() -> nn.Module:
    """1000 classes; after load_state_dict it takes images that are not normalised."""
    network = resnet.resnet18()
    return _absorbing(network, network.conv1, network.bn1)


def resnet50() -> nn.Module:
    """As resnet18."""
    network = resnet.resnet50()
    return _absorbing(network, network.conv1, network.bn1)


def mobilenet_v2() -> nn.Module:
    """As resnet18."""
    network = v2.mobilenet_v2()
    first: Any = network.features[0]
    return _absorbing(network, first[0], first[1])


def absorb_normalisation(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    """Make norm(conv(x)) what norm(conv((x - MEAN) / STD)) was, in place and in evaluation.

    Raises ValueError: the norm keeps no running statistics, or the convolution has a bias or other channels.
    """
    if norm.running_mean is None or conv.bias is not None or conv.in_channels != len(MEAN):
        raise ValueError("normalisation goes into a first convolution of three channels, without bias, and its norm")
    mean, std = (torch.tensor(values)[None, :, None, None] for values in (MEAN, STD))
    with torch.no_grad():
        conv.weight.div_(std)
        norm.running_mean.add_((conv.weight * mean).sum(dim=(1, 2, 3)))


def absorb_first(network: nn.Module) -> None:
    """The same for a network whose first convolution is its first layer: into the norm after it, or its own bias.

    Raises ValueError: the first convolution has neither, or it has a bias and pads (black is not the mean colour).
    """
    layers = [one for one in network.modules() if isinstance(one, nn.Conv2d | nn.BatchNorm2d)]
    conv = next(one for one in layers if isinstance(one, nn.Conv2d))
    norm = next((one for one in layers if isinstance(one, nn.BatchNorm2d)), None)
    if conv.bias is None and norm is not None:
        absorb_normalisation(conv, norm)
        return
    if conv.bias is None or any(conv.padding):
        raise ValueError("normalisation goes into a first convolution with a norm after it, or with a bias, unpadded")
    mean, std = (torch.tensor(values)[None, :, None, None] for values in (MEAN, STD))
    with torch.no_grad():
        conv.weight.div_(std)
        conv.bias.sub_((conv.weight * mean).sum(dim=(1, 2, 3)))


def _absorbing(network: nn.Module, conv: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Module:
    network.register_load_state_dict_post_hook(lambda _module, _keys: absorb_normalisation(conv, norm))
    return network
