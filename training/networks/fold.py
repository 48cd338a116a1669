"""Batch norm folded into the convolutions beside it: the same function, no batch norm."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from training.networks.squeezenet import FIRES, Fire, SqueezeNet


def fold_after(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    """Make conv do what norm(conv(x)) does in evaluation, in place."""
    scale, shift = _affine(norm)
    bias = conv.bias if conv.bias is not None else torch.zeros_like(shift)
    with torch.no_grad():
        conv.weight.mul_(scale[:, None, None, None])
        conv.bias = nn.Parameter(bias * scale + shift)


def fold_before(norm: nn.BatchNorm2d, conv: nn.Conv2d) -> None:
    """Make conv do what conv(norm(x)) does in evaluation, in place.

    Raises ValueError when conv pads: a padded zero would not have gone through norm.
    """
    if any(conv.padding):
        raise ValueError("a batch norm before a padded convolution cannot be folded into it")
    scale, shift = _affine(norm)
    bias = conv.bias if conv.bias is not None else torch.zeros(conv.out_channels)
    with torch.no_grad():
        conv.bias = nn.Parameter(bias + (conv.weight * shift[None, :, None, None]).sum(dim=(1, 2, 3)))
        conv.weight.mul_(scale[None, :, None, None])


def folded(network: SqueezeNet) -> SqueezeNet:
    """A plain SqueezeNet v1.1, in evaluation mode, that computes what network does in evaluation mode."""
    source = copy.deepcopy(network).eval()
    first = source.features[0]
    if source.input_norm is not None:
        fold_before(source.input_norm, first)
    if source.first_norm is not None:
        fold_after(first, source.first_norm)
    for index in FIRES:
        _fold_fire(source.features[index])
    plain = SqueezeNet(source.classifier[1].out_channels)
    names = plain.state_dict().keys()
    plain.load_state_dict({name: value for name, value in source.state_dict().items() if name in names})
    plain.eval()
    return plain


def _fold_fire(fire: Fire) -> None:
    pairs = (
        (fire.squeeze, fire.squeeze_norm),
        (fire.expand1x1, fire.expand1x1_norm),
        (fire.expand3x3, fire.expand3x3_norm),
    )
    for conv, norm in pairs:
        if norm is not None:
            fold_after(conv, norm)


def _affine(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """scale and shift, float [channels] each: norm(x) = scale * x + shift."""
    if norm.running_mean is None or norm.running_var is None:
        raise ValueError("a batch norm without running statistics cannot be folded")
    scale = torch.rsqrt(norm.running_var + norm.eps)
    if norm.weight is not None:
        scale = scale * norm.weight.detach()
    shift = -norm.running_mean * scale
    if norm.bias is not None:
        shift = shift + norm.bias.detach()
    return scale, shift
