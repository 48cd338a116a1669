"""One torch layer into one node. What each layer may be is checked here; the rest is named with its replacement."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from snni.compile.graph import Node, Pair, Real, Sizes, windowed_shape
from snni.compile.rows import IN_A_ROW, planar
from snni.errors import BundleError, UnsupportedLayer

_DROPPED = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.AlphaDropout, nn.Identity)
MOVING_LAYERS = (nn.Flatten, nn.Unflatten, nn.ChannelShuffle)
"""Layers that only move elements."""
_READ = (
    *(nn.Conv2d, nn.Linear, nn.BatchNorm2d, nn.BatchNorm1d, nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d),
    *(nn.AdaptiveMaxPool2d, *IN_A_ROW),
    *(nn.ReLU, nn.ReLU6, nn.Hardtanh, nn.Threshold, nn.LeakyReLU, nn.PReLU, nn.RReLU),
    *(nn.ZeroPad2d, nn.ConstantPad2d, nn.Softmax, nn.LogSoftmax),
    *_DROPPED,
    *MOVING_LAYERS,
)
ELEMENTWISE = (nn.ReLU, nn.Hardtanh, nn.Threshold, nn.LeakyReLU, nn.RReLU, *_DROPPED)
"""Layers that treat every element alike, in whatever order they are."""
_ON_A_MAP = (nn.Conv2d, nn.BatchNorm2d, nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)
_COMPUTES = ("forward", "_conv_forward", "_check_input_dim")
"""Methods that make a layer what its class says."""

_ADVICE = {
    "hardtanh": "ReLU6",
    "clamp": "ReLU, ReLU6, or clamp(0, limit)",
    "clip": "ReLU, ReLU6, or clamp(0, limit)",
    "conv3d": "Conv2d",
    "sigmoid": "ReLU, or nothing where it is the last layer: argmax does not need it",
    "silu": "ReLU",
    "gelu": "ReLU",
    "hardswish": "ReLU",
    "hardsigmoid": "ReLU",
    "elu": "ReLU",
    "tanh": "ReLU",
    "pow": "convolutions and ReLU; products of two secrets have no protocol",
    **dict.fromkeys(
        ("matmul", "mm", "bmm", "addmm", "einsum", "bilinear"),
        "nn.Linear or a convolution with constant weights; products of two secrets have no protocol",
    ),
    **dict.fromkeys(("mish", "hardshrink", "softplus", "celu", "selu"), "ReLU"),
    **dict.fromkeys(
        ("maximum", "max", "amax"), "MaxPool2d or AdaptiveMaxPool2d over the map; ReLU for a maximum with 0"
    ),
    **dict.fromkeys(("gt", "ge", "lt", "le", "where", "masked_fill"), "ReLU, which keeps what is above zero"),
    "sum": "sum over height and width, sum((2, 3)), + for values, or a 1x1 convolution with constant weights",
    "stack": "mean((2, 3)) over the map, +, or a 1x1 convolution with constant weights",
    **dict.fromkeys(("interpolate", "upsample"), "convolutions with stride, or images of the size that is wanted"),
    **dict.fromkeys(
        ("pixelshuffle", "pixelunshuffle", "pixel_shuffle", "pixel_unshuffle"), "a convolution with stride"
    ),
    **dict.fromkeys(("argmax", "log", "exp"), "nothing: the level is the largest score's"),
    **dict.fromkeys(("randn_like", "rand_like", "bernoulli"), "nothing random in eval mode"),
    "mean": "mean over height and width, mean((2, 3)), or AdaptiveAvgPool2d(1); over channels a 1x1 convolution",
    "convtranspose2d": "Conv2d",
    "instancenorm2d": "BatchNorm2d",
    "layernorm": "BatchNorm2d",
    "groupnorm": "BatchNorm2d",
    "multiheadattention": "convolutions",
    "lstm": "convolutions",
}
_SUPPORTED = "Conv2d, Linear, BatchNorm2d, ReLU, ReLU6, MaxPool2d, AvgPool2d, add, cat or flatten"


def supported_layers() -> list[str]:
    """Names of the layers of torch that are read."""
    return [layer.__name__ for layer in _READ]


def is_plain(layer: nn.Module) -> bool:
    """Whether a layer is one that is read here, and computes what its class says: subclasses may compute another."""
    return any(
        isinstance(layer, kind)
        and all(getattr(type(layer), name, None) is getattr(kind, name, None) for name in _COMPUTES)
        for kind in _READ
    )


def advice(layer: str) -> str:
    """What to use instead of a layer or function of this name."""
    if "fake_quant" in layer:
        return "the float network, without observers and fake quantisation"
    return _ADVICE.get(layer.lower().strip("_"), _SUPPORTED)


def require_axes(layer: nn.Module, axes: int, what: str) -> None:
    """Refuse a layer that takes a tensor of so many axes for something else than images of its kind.

    Raises:
        UnsupportedLayer: as torch runs it, images would be channels.
    """
    wanted = 4 if isinstance(layer, _ON_A_MAP) else 3 if isinstance(layer, IN_A_ROW) else axes
    _must(axes == wanted, f"{what} on a tensor of {axes} axes", f"a tensor of {wanted} axes, the images' first")


def require_scores_axis(dim: int | None, axes: int, what: str) -> None:
    """Refuse a softmax that is not over the scores of one image. axes: of its tensor. Raises UnsupportedLayer."""
    _must(dim is None or dim % axes == min(1, axes - 1), f"{what} over another axis than the scores'", "dim=1")


def read_layer(layer: nn.Module, where: str, name: str, x: Node, what: str = "") -> Node | None:
    """The node of a layer reading ``x``; None where the layer does nothing at inference.

    Args:
        where: the layer's path in the module, for messages.
        name: the node's name.
        what: what messages call it; its class and path where it is not given.

    Raises:
        UnsupportedLayer: no protocol for this layer or one of its options.
        BundleError: the layer does not fit its input's shape.
    """
    what = what or f"{type(layer).__name__} ({where})"
    try:
        return _read(layer, what, name, x)
    except UnsupportedLayer:
        raise
    except ValueError as error:
        raise BundleError(f"{what}: {error}") from error


def _read(layer: nn.Module, what: str, name: str, x: Node) -> Node | None:
    if isinstance(layer, IN_A_ROW):
        layer = planar(layer, what, x)
    match layer:
        case nn.Conv2d():
            return _conv(layer, what, name, x)
        case nn.Linear():
            return _linear(layer, what, name, x)
        case nn.BatchNorm2d() | nn.BatchNorm1d():
            return _batch_norm(layer, what, name, x)
        case nn.MaxPool2d():
            return _max_pool(layer, what, name, x)
        case nn.AvgPool2d():
            return _average_pool(layer, what, name, x)
        case nn.AdaptiveAvgPool2d():
            return _adaptive_pool(layer, what, name, x)
        case nn.AdaptiveMaxPool2d():
            return _adaptive_max_pool(layer, what, name, x)
        case nn.ZeroPad2d() | nn.ConstantPad2d():
            return _pad(layer, what, name, x)
        case nn.ReLU():
            return Node(name, "relu", (x.name,), x.shape)
        case nn.Threshold():
            _must(layer.threshold == layer.value == 0, f"{what} at {layer.threshold:g}", "ReLU")
            return Node(name, "relu", (x.name,), x.shape)
        case nn.Hardtanh():
            return _clip(layer, what, name, x)
        case nn.LeakyReLU() | nn.PReLU() | nn.RReLU():
            return _leaky(layer, what, name, x)
    if isinstance(layer, _DROPPED):
        _must(isinstance(layer, nn.Identity) or not layer.training, f"{what} that is always on", "nn.Dropout, left out")
        return None
    raise UnsupportedLayer(what, advice(type(layer).__name__))


def _clip(layer: nn.Hardtanh, what: str, name: str, x: Node) -> Node:
    """ReLU6 is a Hardtanh from 0 to 6, ReLU one without a ceiling."""
    _must(layer.min_val == 0, f"{what} from {layer.min_val:g}", "ReLU6")
    if layer.max_val == np.inf:
        return Node(name, "relu", (x.name,), x.shape)
    return Node(name, "clip", (x.name,), x.shape, limit=np.full(x.shape[0], float(layer.max_val)))


def _leaky(layer: nn.LeakyReLU | nn.PReLU | nn.RReLU, what: str, name: str, x: Node) -> Node:
    if isinstance(layer, nn.PReLU):
        slope = np.broadcast_to(_array(layer.weight), x.shape[:1]).copy()
    elif isinstance(layer, nn.RReLU):
        _must(not layer.training, f"{what} that draws its slope", "eval mode, where the slope is the middle one")
        slope = np.full(x.shape[0], (layer.lower + layer.upper) / 2)
    else:
        slope = np.full(x.shape[0], float(layer.negative_slope))
    _must(bool((slope < 1).all()), f"{what} with a slope of {slope.max():g} below zero", "slopes below 1")
    return Node(name, "leaky", (x.name,), x.shape, slope)


def _must(condition: bool, what: str, instead: str) -> None:
    if not condition:
        raise UnsupportedLayer(what, instead)


def _array(tensor: torch.Tensor) -> Real:
    array: Real = tensor.detach().cpu().double().numpy()
    if not np.isfinite(array).all():
        raise ValueError("weights that are not finite")
    return array


def _pair(value: Any) -> Pair:
    pair = tuple(value) if isinstance(value, tuple | list) else (value, value)
    return int(pair[0]), int(pair[1])


def _conv(layer: nn.Conv2d, what: str, name: str, x: Node) -> Node:
    _must(layer.padding_mode == "zeros", f"{what} with {layer.padding_mode} padding", "zero padding")
    spread, stride = _pair(layer.dilation), _pair(layer.stride)
    taps = _pair(layer.kernel_size)
    kernel = (spread[0] * (taps[0] - 1) + 1, spread[1] * (taps[1] - 1) + 1)
    padding = layer.padding
    if isinstance(padding, str):
        odd = padding == "valid" or all(k % 2 for k in kernel)
        _must(odd, f"{what} with padding='same' and an even kernel", "an odd kernel, or padding in numbers")
        padding = (0, 0) if padding == "valid" else (kernel[0] // 2, kernel[1] // 2)
    pads = _pair(padding)
    _must(all(p < k for p, k in zip(pads, kernel, strict=True)), f"{what} padded past its kernel", "less padding")
    if layer.in_channels != x.shape[0]:
        raise ValueError(f"takes {layer.in_channels} channels, is given {x.shape[0]}")
    shape = windowed_shape(x.shape, layer.out_channels, kernel, stride, pads)
    bias = None if layer.bias is None else _array(layer.bias)
    weight = np.zeros((layer.out_channels, layer.in_channels // layer.groups, *kernel))
    weight[:, :, :: spread[0], :: spread[1]] = _array(layer.weight)  # a dilated kernel has zeros between its taps
    return Node(name, "conv", (x.name,), shape, weight, bias, kernel, stride, pads, layer.groups)


def _linear(layer: nn.Linear, what: str, name: str, x: Node) -> Node:
    _must(x.shape[1:] == (1, 1), f"{what} on a map", "a flatten, a global pool or a 1x1 convolution before it")
    if layer.in_features != x.shape[0]:
        raise ValueError(f"takes {layer.in_features} values, is given {x.shape[0]}")
    bias = None if layer.bias is None else _array(layer.bias)
    weight = _array(layer.weight)[:, :, None, None]
    return Node(name, "conv", (x.name,), (layer.out_features, 1, 1), weight, bias)


def _batch_norm(layer: nn.BatchNorm2d | nn.BatchNorm1d, what: str, name: str, x: Node) -> Node:
    mean, variance = layer.running_mean, layer.running_var
    if mean is None or variance is None:
        raise UnsupportedLayer(f"{what} without running statistics", "track_running_stats=True")
    _must(not layer.training, f"{what} that stays in training mode", "eval mode, which uses running statistics")
    if layer.num_features != x.shape[0]:
        raise ValueError(f"takes {layer.num_features} channels, is given {x.shape[0]}")
    gain = 1.0 / np.sqrt(_array(variance) + layer.eps)
    offset = np.zeros_like(gain)
    if layer.affine:
        gain, offset = gain * _array(layer.weight), _array(layer.bias)
    return Node(name, "affine", (x.name,), x.shape, gain, offset - gain * _array(mean))


def _max_pool(layer: nn.MaxPool2d, what: str, name: str, x: Node) -> Node:
    _must(_pair(layer.dilation) == (1, 1), f"{what} with dilation", "dilation=1")
    _must(not layer.return_indices, f"{what} with return_indices", "return_indices=False")
    kernel, padding = _pair(layer.kernel_size), _pair(layer.padding)
    stride = kernel if layer.stride is None else _pair(layer.stride)
    ceil = bool(layer.ceil_mode)
    shape = windowed_shape(x.shape, x.shape[0], kernel, stride, padding, ceil)
    return Node(name, "maxpool", (x.name,), shape, kernel=kernel, stride=stride, padding=padding, ceil_mode=ceil)


def _average_pool(layer: nn.AvgPool2d, what: str, name: str, x: Node) -> Node:
    kernel, padding = _pair(layer.kernel_size), _pair(layer.padding)
    stride = kernel if layer.stride is None else _pair(layer.stride)
    counted = layer.count_include_pad or padding == (0, 0)
    _must(counted, f"{what} with count_include_pad=False", "count_include_pad=True")
    _must(layer.divisor_override is None, f"{what} with divisor_override", "no divisor_override")
    shape = windowed_shape(x.shape, x.shape[0], kernel, stride, padding)
    same = windowed_shape(x.shape, x.shape[0], kernel, stride, padding, bool(layer.ceil_mode)) == shape
    _must(same, f"{what} with ceil_mode", "ceil_mode=False")
    return _averaged(name, x, shape, kernel, stride, padding)


def _adaptive_pool(layer: nn.AdaptiveAvgPool2d, what: str, name: str, x: Node) -> Node | None:
    asked = layer.output_size if isinstance(layer.output_size, tuple | list) else (layer.output_size,) * 2
    size = tuple(x.shape[1 + i] if asked[i] is None else int(asked[i]) for i in (0, 1))
    even = all(x.shape[1 + i] % size[i] == 0 for i in (0, 1))
    _must(even, f"{what} on a {x.shape[1]}x{x.shape[2]} map", "an output of size 1, or a size that divides the map")
    if size == x.shape[1:]:
        return None
    kernel = (x.shape[1] // size[0], x.shape[2] // size[1])
    return _averaged(name, x, (x.shape[0], size[0], size[1]), kernel, kernel, (0, 0))


def _adaptive_max_pool(layer: nn.AdaptiveMaxPool2d, what: str, name: str, x: Node) -> Node | None:
    found = _adaptive_pool(nn.AdaptiveAvgPool2d(layer.output_size), what, name, x)  # the same windows
    _must(not layer.return_indices, f"{what} with return_indices", "return_indices=False")
    return (
        None
        if found is None
        else Node(name, "maxpool", found.inputs, found.shape, kernel=found.kernel, stride=found.stride)
    )


def _pad(layer: nn.ZeroPad2d | nn.ConstantPad2d, what: str, name: str, x: Node) -> Node:
    left, right, top, bottom = (int(p) for p in layer.padding)
    _must(layer.value == 0 and min(left, right, top, bottom) >= 0, what, "zero padding")
    shape = (x.shape[0], x.shape[1] + top + bottom, x.shape[2] + left + right)
    return Node(name, "pad", (x.name,), shape, pads=(left, right, top, bottom))


def _averaged(name: str, x: Node, shape: Sizes, kernel: Pair, stride: Pair, padding: Pair) -> Node:
    return Node(name, "avgpool", (x.name,), shape, kernel=kernel, stride=stride, padding=padding)
