"""Functions and methods of torch into nodes: each what the layer of its name is, or arithmetic with constants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

import numpy as np
import torch
from torch import nn

from snni.compile.graph import Node, Real
from snni.compile.record import Call, spelled
from snni.compile.symbols import Symbol
from snni.compile.torch_layers import advice, read_layer, require_axes, require_scores_axis
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


class Values(Protocol):
    """The reader, as functions see it."""

    def node(self, tensor: Any, what: str) -> Node: ...
    def symbol(self, tensor: Any, what: str) -> Symbol: ...
    def settled(self, symbol: Symbol) -> Node: ...
    def append(self, node: Node, value: torch.Tensor | None = None, what: str = "") -> Node: ...
    def made(self, node: Node | None, x: Node, output: Any, what: str) -> Symbol: ...
    def close(self, x: Node, output: torch.Tensor, kind: str, name: str) -> Symbol: ...
    @property
    def recorder(self) -> Any: ...


Read = Callable[[Values, str, str, Call], Symbol]


def argument(call: Call, position: int, name: str, default: Any = None) -> Any:
    """By position or by name."""
    return call.args[position] if len(call.args) > position else call.kwargs.get(name, default)


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
    return _with(kind(*sizes, bias=bias is not None, **given), weight, bias)


def _linear(call: Call, what: str) -> nn.Module:
    weight, bias = argument(call, 1, "weight"), argument(call, 2, "bias")
    return _with(nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None), weight, bias)


def _with(layer: nn.Conv2d | nn.Conv1d | nn.Linear, weight: torch.Tensor, bias: torch.Tensor | None) -> nn.Module:
    layer.weight = nn.Parameter(weight.detach(), requires_grad=False)
    if bias is not None:
        layer.bias = nn.Parameter(bias.detach(), requires_grad=False)
    return layer.eval()


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


def _over_the_map(op: Literal["avgpool", "maxpool"]) -> Read:
    """The mean or the largest over height, width or both."""

    def read(values: Values, what: str, name: str, call: Call) -> Symbol:
        return _pooled(values, what, name, call, op)

    return read


def _pooled(values: Values, what: str, name: str, call: Call, op: Literal["avgpool", "maxpool"]) -> Symbol:
    symbol, kernel = _window(values, what, call, "mean" if op == "avgpool" else "amax")
    node = symbol.node
    if kernel == (1, 1):
        return Symbol(node, symbol.index.reshape(call.result.shape), symbol.moved)
    return values.made(_pool(node, name, op, kernel), node, call.result, what)


def _summed(values: Values, what: str, name: str, call: Call) -> Symbol:
    """The mean over the map, times how many are added."""
    symbol, kernel = _window(values, what, call, "sum")
    node = symbol.node
    if kernel == (1, 1):
        return Symbol(node, symbol.index.reshape(call.result.shape), symbol.moved)
    mean = values.append(_pool(node, f"{name}.mean", "avgpool", kernel), None, what)
    gain = np.full(mean.shape[0], float(kernel[0] * kernel[1]))
    made = Node(name, "affine", (mean.name,), mean.shape, gain, np.zeros_like(gain))
    return values.made(made, mean, call.result, what)


def _pool(node: Node, name: str, op: Literal["avgpool", "maxpool"], kernel: tuple[int, int]) -> Node:
    shape = (node.shape[0], node.shape[1] // kernel[0], node.shape[2] // kernel[1])
    return Node(name, op, (node.name,), shape, kernel=kernel, stride=kernel)


def _window(values: Values, what: str, call: Call, function: str) -> tuple[Symbol, tuple[int, int]]:
    """What a function over some axes reads, and the window that these axes are of it. Raises UnsupportedLayer."""
    symbol = values.symbol(argument(call, 0, "input"), what)
    dims = argument(call, 1, "dim")
    listed = () if dims is None else dims if isinstance(dims, tuple | list) else (dims,)
    axes = tuple(sorted(d % symbol.index.ndim - 1 for d in listed))
    if not axes or axes[0] < 0:
        raise UnsupportedLayer(what, advice(function))
    kernel = _averaged(symbol, axes) if symbol.whole else None
    if kernel is None:
        symbol = Symbol.of(values.settled(symbol), symbol.index.shape)
        kernel = _averaged(symbol, axes)
    if kernel is None:
        raise UnsupportedLayer(what, advice(function))
    return symbol, kernel


def _averaged(symbol: Symbol, axes: tuple[int, ...]) -> tuple[int, int] | None:
    """(height, width) of the window that these axes of a tensor are of its value; None for any other."""
    node, order = symbol.node, symbol.order()
    rest = [axis for axis in range(order.ndim) if axis not in axes]
    rows = order.transpose(*rest, *axes).reshape(-1, int(np.prod([order.shape[a] for a in axes])))
    channels, height, width = node.shape
    every = np.arange(channels * height * width).reshape(node.shape)
    for kernel, grouped in (
        ((height, width), every.reshape(channels, -1)),
        ((1, width), every.reshape(-1, width)),
        ((height, 1), every.swapaxes(1, 2).reshape(-1, height)),
        ((1, 1), every.reshape(-1, 1)),
    ):
        if rows.shape == grouped.shape and np.array_equal(np.sort(rows, axis=1), grouped):
            return kernel
    return None


def _add(values: Values, what: str, name: str, call: Call) -> Symbol:
    """The sum or difference of two values, or of a value and a constant a channel."""
    left, right = argument(call, 0, "input"), argument(call, 1, "other")
    if not (_tracked(values, left) and _tracked(values, right)):
        return _affine(values, what, name, call)
    one, other = (values.node(t, what) for t in (left, right))
    if one.shape != other.shape:
        raise UnsupportedLayer(f"{what} with broadcasting", "values of equal shape")
    factor = float(call.kwargs.get("alpha", 1)) * (-1 if "sub" in spelled(call.func) else 1)
    if factor != 1:
        gain = np.full(other.shape[0], factor)
        other = values.append(Node(f"{name}.scaled", "affine", (other.name,), other.shape, gain, np.zeros_like(gain)))
    return values.made(Node(name, "add", (one.name, other.name), one.shape), one, call.result, what)


def _product(values: Values, what: str, name: str, call: Call) -> Symbol:
    """x W of a vector with a constant matrix, or b + x W: a linear layer."""
    added = spelled(call.func) == "addmm"
    bias = argument(call, 0, "input") if added else None
    left, right = argument(call, int(added), "mat1" if added else "input"), argument(call, 1 + added, "mat2")
    right = call.kwargs.get("other", right)
    factors = [float(call.kwargs.get(one, 1)) for one in ("alpha", "beta")] if added else [1.0, 1.0]
    constant = isinstance(right, torch.Tensor) and right.ndim == 2 and not _tracked(values, right)
    if not constant or not _tracked(values, left) or left.ndim != 2 or _tracked(values, bias):
        raise UnsupportedLayer(what, advice("matmul"))
    weight, bias = right.detach().t() * factors[0], None if bias is None else bias.detach() * factors[1]
    if bias is not None:
        bias = bias.expand(1, len(weight))[0] if bias.ndim < 2 or len(bias) == 1 else None
        if bias is None:
            raise UnsupportedLayer(f"{what} with a bias for each image", advice("matmul"))
    layer = _with(nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None), weight, bias)
    x = values.node(left, what)
    return values.made(read_layer(layer, name, name, x, what), x, call.result, what)


def _tracked(values: Values, operand: Any) -> bool:
    return isinstance(operand, torch.Tensor) and values.recorder.made(operand) is not None


def _affine(values: Values, what: str, name: str, call: Call) -> Symbol:
    """gain * x + offset, both constants of a channel, worked out from what the function makes of 0 and 1."""
    operands = [argument(call, 0, "input"), argument(call, 1, "other")]
    tracked = [operand for operand in operands if _tracked(values, operand)]
    if len(tracked) != 1:
        raise UnsupportedLayer(f"{what} of two secrets", "a 1x1 convolution for a constant factor; add for a sum")
    x = values.node(tracked[0], what)
    zero, one, two = (_applied(call, tracked[0], float(k)) for k in range(3))
    if not torch.allclose(two - one, one - zero, rtol=1e-4, atol=1e-6):
        raise UnsupportedLayer(f"{what} that is not linear in it", "ReLU")
    offset, gain = (_of_channels(value, x, what) for value in (zero, one - zero))
    if (gain == 1).all() and (offset == 0).all():
        return Symbol.of(x, call.result.shape)
    return values.made(Node(name, "affine", (x.name,), x.shape, gain, offset), x, call.result, what)


def _applied(call: Call, tracked: torch.Tensor, value: float) -> torch.Tensor:
    """What the function makes of a tensor full of ``value``, in double precision."""

    def swap(operand: Any) -> Any:
        if operand is tracked:
            return torch.full(tracked.shape, value, dtype=torch.float64)
        return operand.double() if isinstance(operand, torch.Tensor) else operand

    rest = {key: swap(operand) for key, operand in call.kwargs.items() if key != "out"}
    made: torch.Tensor = call.func(*(swap(operand) for operand in call.args), **rest)
    return made


def _of_channels(value: torch.Tensor, x: Node, what: str) -> Real:
    """[C] of a tensor that is constant over each channel's map and over images."""
    each = value.expand(value.shape).reshape(value.shape[0], x.shape[0], -1).numpy()
    if value.numel() != value.shape[0] * int(np.prod(x.shape)) or (each != each[:1, :, :1]).any():
        raise UnsupportedLayer(f"{what} with a constant that varies over the map", "one number a channel")
    return np.asarray(each[0, :, 0], np.float64)


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
    "mean": _over_the_map("avgpool"),
    "amax": _over_the_map("maxpool"),
    "sum": _summed,
    **dict.fromkeys(("conv1d", "conv2d"), _as_layer(_convolution)),
    "linear": _as_layer(_linear),
    "batch_norm": _as_layer(_batch_norm),
    "pad": _pad,
    **dict.fromkeys(("softmax", "log_softmax"), _softmax),
    **dict.fromkeys(("add", "sub"), _add),
    **dict.fromkeys(("matmul", "mm"), _product),
    "addmm": _product,
    **dict.fromkeys(("rsub", "mul", "div", "neg"), _affine),
    **dict.fromkeys(("cat", "concat", "concatenate"), _cat),
}
