"""Functions and methods of torch into nodes: each what the layer of its name is; arithmetic in torch_arithmetic.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from snni.compile.graph import Node
from snni.compile.record import Call
from snni.compile.symbols import Symbol
from snni.compile.torch_arithmetic import add, affine, over_the_map, product, summed, with_parameters
from snni.compile.torch_layers import advice, read_layer, require_axes, require_scores_axis
from snni.compile.torch_values import Read, Values, argument
from snni.errors import UnsupportedLayer

IN_ORDER = frozenset(
    (
        *("view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "view_as", "reshape_as", "ravel"),
        *("contiguous", "clone", "detach", "to", "cpu", "requires_grad", "type_as"),
        *("float", "double", "half", "bfloat16", "type"),
    )
)
"""Functions that keep the order of a tensor's elements, whatever shape, type or memory they give it."""
MOVING = frozenset(
    (
        *("transpose", "permute", "swapaxes", "swapdims", "movedim", "moveaxis", "adjoint", "t", "get"),
        *("chunk", "split", "split_with_sizes", "tensor_split", "unbind", "narrow", "select", "getitem"),
        *("index_select", "channel_shuffle", "flip", "roll"),
        *("expand", "expand_as", "broadcast_to", "repeat", "repeat_interleave", "tile"),
    )
)
"""Functions that move elements, choose some, or repeat them; get is a property (x.T)."""


def _as_layer(make: Callable[[Call, str], nn.Module]) -> Read:
    """A function that is a layer."""

    def read(values: Values, what: str, name: str, call: Call) -> Symbol:
        layer = make(call, what)
        symbol = values.symbol(argument(call, 0, "input"), what)
        require_axes(layer, symbol.index.ndim, what)
        x = values.settled(symbol)
        return values.made(read_layer(layer, name, name, x, what), x, call.result, what)

    return read


def _elementwise(make: Callable[[Call, str], nn.Module]) -> Read:
    """One that treats every element alike: applied to the value itself, in whatever order its elements are."""
    whole = _as_layer(make)

    def read(values: Values, what: str, name: str, call: Call) -> Symbol:
        symbol = values.symbol(argument(call, 0, "input"), what)
        if not symbol.odd:
            return whole(values, what, name, call)
        node = read_layer(make(call, what), name, name, symbol.node, what)
        return symbol if node is None else Symbol(values.append(node, None, what), symbol.index, symbol.moved)

    return read


def _clamp(call: Call, what: str) -> nn.Module:
    low, high = argument(call, 1, "min"), argument(call, 2, "max")
    numbers = all(bound is None or isinstance(bound, int | float) for bound in (low, high))
    if numbers and low == 0 and high is None:
        return nn.ReLU()
    if numbers and low == 0 and high is not None and high > 0:
        return nn.Hardtanh(0.0, float(high))
    raise UnsupportedLayer(what, advice("clamp"))


def _clamp_min(call: Call, what: str) -> nn.Module:
    if argument(call, 1, "min") != 0:
        raise UnsupportedLayer(what, advice("clamp"))
    return nn.ReLU()


def _maximum(call: Call, what: str) -> nn.Module:
    """With zero."""
    other = argument(call, 1, "other")
    if not isinstance(other, torch.Tensor) or bool(other.count_nonzero()):
        raise UnsupportedLayer(what, advice("maximum"))
    return nn.ReLU()


def _dropout(call: Call, what: str) -> nn.Module:
    if argument(call, 2, "training", True):
        raise UnsupportedLayer(f"{what} that is always on", "training=self.training, or nn.Dropout")
    return nn.Identity()


def _prelu(call: Call, what: str) -> nn.Module:
    weight = argument(call, 1, "weight").detach()
    layer = nn.PReLU(weight.numel())
    layer.weight = nn.Parameter(weight.reshape(-1), requires_grad=False)
    return layer


def _rrelu(call: Call, what: str) -> nn.Module:
    if argument(call, 3, "training", False):
        raise UnsupportedLayer(f"{what} that draws its slope", "training=self.training")
    return nn.RReLU(argument(call, 1, "lower", 1 / 8), argument(call, 2, "upper", 1 / 3)).eval()


def _named(kind: Callable[..., nn.Module], *names: str) -> Callable[[Call, str], nn.Module]:
    """A layer from a function's arguments behind its input."""

    def make(call: Call, what: str) -> nn.Module:
        given = dict(zip(names, call.args[1:], strict=False)) | {k: v for k, v in call.kwargs.items() if k in names}
        return kind(**given)

    return make


def _convolution(call: Call, what: str) -> nn.Module:
    """conv1d or conv2d."""
    weight, bias = argument(call, 1, "weight"), argument(call, 2, "bias")
    options = ("stride", "padding", "dilation", "groups")
    given = {name: argument(call, 3 + i, name) for i, name in enumerate(options)}
    given = {name: value for name, value in given.items() if value is not None}
    groups = int(given.get("groups", 1))
    sizes = (weight.shape[1] * groups, weight.shape[0], tuple(weight.shape[2:]))
    kind = nn.Conv2d if weight.ndim == 4 else nn.Conv1d
    return with_parameters(kind(*sizes, bias=bias is not None, **given), weight, bias)


def _linear(call: Call, what: str) -> nn.Module:
    weight, bias = argument(call, 1, "weight"), argument(call, 2, "bias")
    return with_parameters(nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None), weight, bias)


def _batch_norm(call: Call, what: str) -> nn.Module:
    names = ("running_mean", "running_var", "weight", "bias", "training", "momentum", "eps")
    mean, variance, weight, bias, training, _, eps = (argument(call, 1 + i, name) for i, name in enumerate(names))
    if training or mean is None or variance is None:
        raise UnsupportedLayer(f"{what} without running statistics", "track_running_stats=True, in eval mode")
    layer = nn.BatchNorm2d(len(mean), eps=1e-5 if eps is None else eps, affine=weight is not None)
    layer.running_mean, layer.running_var = mean, variance
    if weight is not None:
        layer.weight, layer.bias = nn.Parameter(weight), nn.Parameter(torch.zeros(len(mean)) if bias is None else bias)
    return layer.eval()


def _pad(values: Values, what: str, name: str, call: Call) -> Symbol:
    """Zeros around the map, and channels of zeros."""
    tensor = argument(call, 0, "input")
    x = values.node(tensor, what)
    pads = tuple(int(p) for p in argument(call, 1, "pad"))
    zeros = argument(call, 2, "mode", "constant") == "constant" and not argument(call, 3, "value")
    if not zeros or len(pads) % 2 or len(pads) > 2 * (tensor.ndim - 1) or min(pads, default=0) < 0:
        raise UnsupportedLayer(what, "zero padding of channels, height and width")
    by_axis = {tensor.ndim - 1 - i // 2: (pads[i], pads[i + 1]) for i in range(0, len(pads), 2)}
    channels = by_axis.pop(1, (0, 0))
    sides = [by_axis.get(axis, (0, 0)) for axis in range(2, tensor.ndim)]
    if len(sides) == 1:  # a row: a map one pixel high or wide
        sides.insert(0 if x.shape[1] == 1 else 1, (0, 0))
    (top, bottom), (left, right) = sides or [(0, 0), (0, 0)]
    if any((top, bottom, left, right)):
        shape = (x.shape[0], x.shape[1] + top + bottom, x.shape[2] + left + right)
        padded = Node(
            f"{name}.map" if any(channels) else name, "pad", (x.name,), shape, pads=(left, right, top, bottom)
        )
        x = values.append(padded, None if any(channels) else call.result, what)
    if any(channels):
        weight = np.pad(np.eye(x.shape[0]), (channels, (0, 0)))[:, :, None, None]
        shape = (len(weight), *x.shape[1:])
        x = values.append(Node(name, "conv", (x.name,), shape, weight), call.result, what)
    return Symbol.of(x, call.result.shape)


def _softmax(values: Values, what: str, name: str, call: Call) -> Symbol:
    x = values.node(argument(call, 0, "input"), what)
    require_scores_axis(argument(call, 1, "dim"), call.result.ndim, what)
    return values.close(x, call.result, what, name)


def _cat(values: Values, what: str, name: str, call: Call) -> Symbol:
    tensors, dim = argument(call, 0, "tensors"), argument(call, 1, "dim", 0)
    xs = [values.node(t, what) for t in tensors]
    along = dim % call.result.ndim
    if along != 1 or any(x.shape[1:] != xs[0].shape[1:] for x in xs):
        raise UnsupportedLayer(f"{what} along another axis", "torch.cat(..., dim=1)")
    if len(xs) == 1:
        return Symbol.of(xs[0], call.result.shape)
    shape = (sum(x.shape[0] for x in xs), *xs[0].shape[1:])
    return values.made(Node(name, "concat", tuple(x.name for x in xs), shape), xs[0], call.result, what)


_MAX_POOL = ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
_AVERAGE_POOL = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")
_RELU = _elementwise(lambda call, what: nn.ReLU())

FUNCTIONS: dict[str, Read] = {
    "relu": _RELU,
    "relu6": _elementwise(lambda call, what: nn.ReLU6()),
    "hardtanh": _elementwise(_named(nn.Hardtanh, "min_val", "max_val")),
    "leaky_relu": _elementwise(_named(nn.LeakyReLU, "negative_slope")),
    "prelu": _as_layer(_prelu),
    "rrelu": _elementwise(_rrelu),
    "abs": _elementwise(lambda call, what: nn.LeakyReLU(-1.0)),
    "maximum": _elementwise(_maximum),
    "threshold": _elementwise(_named(nn.Threshold, "threshold", "value")),
    "clamp": _elementwise(_clamp),
    "clip": _elementwise(_clamp),
    "clamp_min": _elementwise(_clamp_min),
    **dict.fromkeys(("dropout", "dropout1d", "dropout2d", "alpha_dropout"), _elementwise(_dropout)),
    "max_pool2d": _as_layer(_named(nn.MaxPool2d, *_MAX_POOL)),
    "avg_pool2d": _as_layer(_named(nn.AvgPool2d, *_AVERAGE_POOL)),
    "adaptive_avg_pool2d": _as_layer(_named(nn.AdaptiveAvgPool2d, "output_size")),
    "max_pool1d": _as_layer(_named(nn.MaxPool1d, *_MAX_POOL)),
    "avg_pool1d": _as_layer(_named(nn.AvgPool1d, *_AVERAGE_POOL[:-1])),
    "adaptive_avg_pool1d": _as_layer(_named(nn.AdaptiveAvgPool1d, "output_size")),
    "adaptive_max_pool1d": _as_layer(_named(nn.AdaptiveMaxPool1d, "output_size")),
    "adaptive_max_pool2d": _as_layer(_named(nn.AdaptiveMaxPool2d, "output_size")),
    "mean": over_the_map("avgpool"),
    "amax": over_the_map("maxpool"),
    "sum": summed,
    **dict.fromkeys(("conv1d", "conv2d"), _as_layer(_convolution)),
    "linear": _as_layer(_linear),
    "batch_norm": _as_layer(_batch_norm),
    "pad": _pad,
    **dict.fromkeys(("softmax", "log_softmax"), _softmax),
    **dict.fromkeys(("add", "sub"), add),
    **dict.fromkeys(("matmul", "mm"), product),
    "addmm": product,
    **dict.fromkeys(("rsub", "mul", "div", "neg"), affine),
    **dict.fromkeys(("cat", "concat", "concatenate"), _cat),
}
