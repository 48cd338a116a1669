"""Arithmetic of maps: sums and means over an axis, sums of values, products with constants."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from snni.compile.graph import Node, Real
from snni.compile.record import Call, spelled
from snni.compile.symbols import Symbol
from snni.compile.torch_layers import advice, read_layer
from snni.compile.torch_values import Read, Values, argument
from snni.errors import UnsupportedLayer


def over_the_map(op: Literal["avgpool", "maxpool"]) -> Read:
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


def summed(values: Values, what: str, name: str, call: Call) -> Symbol:
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


def add(values: Values, what: str, name: str, call: Call) -> Symbol:
    """The sum or difference of two values, or of a value and a constant a channel."""
    left, right = argument(call, 0, "input"), argument(call, 1, "other")
    if not (tracked(values, left) and tracked(values, right)):
        return affine(values, what, name, call)
    one, other = (values.node(t, what) for t in (left, right))
    if one.shape != other.shape:
        raise UnsupportedLayer(f"{what} with broadcasting", "values of equal shape")
    factor = float(call.kwargs.get("alpha", 1)) * (-1 if "sub" in spelled(call.func) else 1)
    if factor != 1:
        gain = np.full(other.shape[0], factor)
        other = values.append(Node(f"{name}.scaled", "affine", (other.name,), other.shape, gain, np.zeros_like(gain)))
    return values.made(Node(name, "add", (one.name, other.name), one.shape), one, call.result, what)


def product(values: Values, what: str, name: str, call: Call) -> Symbol:
    """x W of a vector with a constant matrix, or b + x W: a linear layer."""
    added = spelled(call.func) == "addmm"
    bias = argument(call, 0, "input") if added else None
    left, right = argument(call, int(added), "mat1" if added else "input"), argument(call, 1 + added, "mat2")
    right = call.kwargs.get("other", right)
    factors = [float(call.kwargs.get(one, 1)) for one in ("alpha", "beta")] if added else [1.0, 1.0]
    constant = isinstance(right, torch.Tensor) and right.ndim == 2 and not tracked(values, right)
    if not constant or not tracked(values, left) or left.ndim != 2 or tracked(values, bias):
        raise UnsupportedLayer(what, advice("matmul"))
    weight, bias = right.detach().t() * factors[0], None if bias is None else bias.detach() * factors[1]
    if bias is not None:
        bias = bias.expand(1, len(weight))[0] if bias.ndim < 2 or len(bias) == 1 else None
        if bias is None:
            raise UnsupportedLayer(f"{what} with a bias for each image", advice("matmul"))
    layer = with_parameters(nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None), weight, bias)
    x = values.node(left, what)
    return values.made(read_layer(layer, name, name, x, what), x, call.result, what)


def tracked(values: Values, operand: Any) -> bool:
    """Whether it is a value of the network, not a constant."""
    return isinstance(operand, torch.Tensor) and values.recorder.made(operand) is not None


def affine(values: Values, what: str, name: str, call: Call) -> Symbol:
    """gain * x + offset, both constants of a channel, worked out from what the function makes of 0 and 1."""
    operands = [argument(call, 0, "input"), argument(call, 1, "other")]
    secret = [operand for operand in operands if tracked(values, operand)]
    if len(secret) != 1:
        raise UnsupportedLayer(f"{what} of two secrets", "a 1x1 convolution for a constant factor; add for a sum")
    x = values.node(secret[0], what)
    zero, one, two = (_applied(call, secret[0], float(k)) for k in range(3))
    if not torch.allclose(two - one, one - zero, rtol=1e-4, atol=1e-6):
        raise UnsupportedLayer(f"{what} that is not linear in it", "ReLU")
    offset, gain = (_of_channels(value, x, what) for value in (zero, one - zero))
    if (gain == 1).all() and (offset == 0).all():
        return Symbol.of(x, call.result.shape)
    return values.made(Node(name, "affine", (x.name,), x.shape, gain, offset), x, call.result, what)


def _applied(call: Call, secret: torch.Tensor, value: float) -> torch.Tensor:
    """What the function makes of a secret full of ``value``, in double precision."""

    def swap(operand: Any) -> Any:
        if operand is secret:
            return torch.full(secret.shape, value, dtype=torch.float64)
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


def with_parameters(
    layer: nn.Conv2d | nn.Conv1d | nn.Linear, weight: torch.Tensor, bias: torch.Tensor | None
) -> nn.Module:
    """The layer with these tensors in place of its own."""
    layer.weight = nn.Parameter(weight.detach(), requires_grad=False)
    if bias is not None:
        layer.bias = nn.Parameter(bias.detach(), requires_grad=False)
    return layer.eval()
