"""A torch module into a graph: torch.fx, then one reader for each spelling of each layer.

Dropout, Identity and a closing softmax are left out. Anything without a protocol raises UnsupportedLayer by name.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.fx
import torch.nn.functional as F
from torch import nn

from snni.compile.graph import Graph, Node, Sizes
from snni.compile.torch_layers import advice, read_layer
from snni.errors import BundleError, UnsupportedLayer

_BATCH = object()
_RELU = {F.relu, F.relu_, torch.relu, torch.relu_, "relu", "relu_"}
_RELU6 = {F.relu6}
_CLAMP = {torch.clamp, torch.clip, "clamp", "clip"}
_ADD = {operator.add, operator.iadd, torch.add, "add", "add_"}
_CAT = {torch.cat, torch.concat}
_FLAT = {torch.flatten, "flatten"}
_RESHAPE = {torch.reshape, "view", "reshape"}
_MEAN = {torch.mean, "mean"}
_DROPPED = {F.dropout, F.dropout2d, "contiguous"}
_CLOSING = {F.softmax, F.log_softmax, torch.softmax, torch.log_softmax, "softmax", "log_softmax"}


def trace(module: nn.Module, input_shape: Sizes) -> Graph:
    """The graph of ``module`` in eval mode for float images [C, H, W].

    Raises:
        UnsupportedLayer: a layer without a protocol, or a spelling of one that cannot be read.
        BundleError: the module cannot be traced, or does not take one image and give one vector of scores.
    """
    module.eval()
    try:
        traced = torch.fx.symbolic_trace(module)
    except Exception as error:  # fx raises whatever the module's own code does under a proxy
        raise BundleError(
            f"{type(module).__name__} cannot be traced ({error}); forward must not branch on values or shapes"
        ) from error
    traced.graph.eliminate_dead_code()
    reader = _Reader(traced, input_shape)
    for step in traced.graph.nodes:
        reader.read(step)
    return reader.graph()


@dataclass
class _Reader:
    """Walks fx's nodes; ``env`` maps them to graph values, or to _BATCH for sizes of the batch axis."""

    traced: torch.fx.GraphModule
    input_shape: Sizes
    nodes: list[Node] = field(default_factory=list)
    env: dict[torch.fx.Node, Any] = field(default_factory=dict)
    closed: str | None = None
    output: str | None = None

    def read(self, step: torch.fx.Node) -> None:
        match step.op:
            case "placeholder":
                self._placeholder(step)
            case "output":
                self._output(step)
            case "get_attr":
                raise UnsupportedLayer(f"the tensor {step.target} used in forward", "layers with parameters")
            case "call_module":
                self._module(step)
            case _:
                self._function(step)

    def graph(self) -> Graph:
        if self.output is None:
            raise BundleError("the module returns nothing")
        return Graph(tuple(self.nodes), self.output)

    def _placeholder(self, step: torch.fx.Node) -> None:
        if self.nodes:
            raise BundleError("the module takes more than one input; give it one image")
        self.env[step] = self._append(Node(self._name(step), "input", (), self.input_shape))

    def _output(self, step: torch.fx.Node) -> None:
        value = self.env.get(step.args[0]) if isinstance(step.args[0], torch.fx.Node) else None
        if not isinstance(value, Node):
            raise BundleError("the module must return one tensor of scores")
        if value.shape[1:] != (1, 1) or value.shape[0] < 2 or value.op == "input":
            raise BundleError(f"the module returns {list(value.shape)}; end it with at least two scores for an image")
        self.output = value.name

    def _name(self, step: torch.fx.Node) -> str:
        base = re.sub(r"[^a-z0-9_.]", "_", step.name.lower())[:80]
        taken = {node.name for node in self.nodes}
        return base if base not in taken else f"{base}.{len(taken)}"

    def _append(self, node: Node) -> Node:
        self.nodes.append(node)
        return node

    def _value(self, step: torch.fx.Node, argument: Any) -> Node:
        value = self.env.get(argument) if isinstance(argument, torch.fx.Node) else None
        if not isinstance(value, Node):
            raise UnsupportedLayer(f"{step.name} with a constant operand", "a layer's bias or weight")
        if value.name == self.closed:
            raise UnsupportedLayer(f"{step.name} after softmax", "softmax as the last layer only, or not at all")
        return value

    def _module(self, step: torch.fx.Node) -> None:
        layer = self.traced.get_submodule(str(step.target))
        x = self._value(step, step.args[0] if step.args else None)
        if isinstance(layer, nn.Softmax | nn.LogSoftmax):
            self._close(step, x)
            return
        node = read_layer(layer, str(step.target), self._name(step), x)
        self.env[step] = x if node is None else self._append(node)

    def _close(self, step: torch.fx.Node, x: Node) -> None:
        """A softmax: dropped, and from here on only the output may follow."""
        if x.shape[1:] != (1, 1):
            raise UnsupportedLayer(f"softmax over a map ({step.name})", "softmax as the last layer only, or not at all")
        self.env[step], self.closed = x, x.name

    def _function(self, step: torch.fx.Node) -> None:
        target: Any = step.target
        if target == "size" or (target is getattr and step.args[1] == "shape"):
            whole = target is getattr or len(step.args) == 1
            self.env[step] = [_BATCH] if whole else _BATCH if step.args[1] == 0 else None
        elif target is operator.getitem and self.env.get(step.args[0]) == [_BATCH]:
            self.env[step] = _BATCH if step.args[1] == 0 else None
        elif target in _ADD:
            self._add(step)
        elif target in _CAT:
            self._concat(step)
        else:
            self._unary(step, target, self._value(step, step.args[0] if step.args else step.kwargs.get("input")))

    def _unary(self, step: torch.fx.Node, target: Any, x: Node) -> None:
        arguments = step.args[1:]
        if target in _CLOSING:
            self._close(step, x)
            return
        layer: nn.Module | None = None
        if target in _RELU:
            layer = nn.ReLU()
        elif target in _RELU6:
            layer = nn.ReLU6()
        elif target in _CLAMP:
            layer = _clamp(step)
        elif target in _DROPPED:
            layer = nn.Identity()
        elif _flattens(step, target) or (target in _RESHAPE and self._keeps_batch(arguments)):
            layer = nn.Flatten()
        elif target in _MEAN and _over_map(_argument(step, 1, "dim", None)):
            layer = nn.AdaptiveAvgPool2d(1)
        elif isinstance(module := _POOLS.get(target), type):
            names = _POOL_ARGUMENTS[target]
            layer = module(**dict(zip(names, arguments, strict=False)), **dict(step.kwargs))
        if layer is None:
            raise UnsupportedLayer(f"{_spelling(target)} ({step.name})", advice(_spelling(target)))
        node = read_layer(layer, step.name, self._name(step), x)
        self.env[step] = x if node is None else self._append(node)

    def _keeps_batch(self, arguments: tuple[Any, ...]) -> bool:
        sizes = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], tuple | list) else arguments
        return len(sizes) == 2 and sizes[1] == -1 and self.env.get(sizes[0], sizes[0]) in (_BATCH, 1)

    def _add(self, step: torch.fx.Node) -> None:
        if step.kwargs.get("alpha", 1) != 1:
            raise UnsupportedLayer(f"add with alpha ({step.name})", "a convolution's weight for the factor")
        left, right = (self._value(step, a) for a in (step.args[0], _argument(step, 1, "other", None)))
        if left.shape != right.shape:
            raise UnsupportedLayer(f"add with broadcasting ({step.name})", "values of equal shape")
        self.env[step] = self._append(Node(self._name(step), "add", (left.name, right.name), left.shape))

    def _concat(self, step: torch.fx.Node) -> None:
        xs = [self._value(step, a) for a in _argument(step, 0, "tensors", ())]
        if _argument(step, 1, "dim", 0) not in (1, -3) or any(x.shape[1:] != xs[0].shape[1:] for x in xs):
            raise UnsupportedLayer(f"cat along another axis ({step.name})", "torch.cat(..., dim=1)")
        if len(xs) == 1:
            self.env[step] = xs[0]
            return
        shape = (sum(x.shape[0] for x in xs), *xs[0].shape[1:])
        self.env[step] = self._append(Node(self._name(step), "concat", tuple(x.name for x in xs), shape))


_POOLS: dict[Any, type[nn.Module]] = {
    F.max_pool2d: nn.MaxPool2d,
    torch.max_pool2d: nn.MaxPool2d,
    F.avg_pool2d: nn.AvgPool2d,
    F.adaptive_avg_pool2d: nn.AdaptiveAvgPool2d,
}
_POOL_ARGUMENTS: dict[Any, tuple[str, ...]] = {
    F.max_pool2d: ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices"),
    torch.max_pool2d: ("kernel_size", "stride", "padding", "dilation", "ceil_mode"),
    F.avg_pool2d: ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override"),
    F.adaptive_avg_pool2d: ("output_size",),
}


def _argument(step: torch.fx.Node, position: int, name: str, default: Any) -> Any:
    return step.args[position] if len(step.args) > position else step.kwargs.get(name, default)


def _clamp(step: torch.fx.Node) -> nn.Module | None:
    """clamp(0, limit), or None for another."""
    low, high = _argument(step, 1, "min", None), _argument(step, 2, "max", None)
    if not all(isinstance(bound, int | float) for bound in (low, high)) or low != 0 or not high > 0:
        return None
    return nn.Hardtanh(0.0, float(high))


def _flattens(step: torch.fx.Node, target: Any) -> bool:
    whole = (_argument(step, 1, "start_dim", 0), _argument(step, 2, "end_dim", -1)) == (1, -1)
    return target in _FLAT and whole


def _over_map(dims: Any) -> bool:
    return isinstance(dims, tuple | list) and sorted(d % 4 for d in dims) == [2, 3]


def _spelling(target: Any) -> str:
    return target if isinstance(target, str) else getattr(target, "__name__", str(target))
