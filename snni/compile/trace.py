"""A torch module into a graph: one recorded run, then one reader for each layer and each function.

Dropout, Identity and a closing softmax are left out. Anything without a protocol raises UnsupportedLayer by name. What
was read is evaluated on the recorded run's images and compared with what the module made there, value by value: a hook,
a subclass or a random layer that computes something else than its kind says is found whatever it does.
"""

from __future__ import annotations

import inspect
import pickle
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from snni.compile.graph import Graph, Node, Sizes, evaluate
from snni.compile.record import Call, Recorder, tensors_in
from snni.compile.symbols import Grid, Refused, Symbol
from snni.compile.torch_functions import FUNCTIONS, IN_ORDER, MOVING
from snni.compile.torch_layers import (
    ELEMENTWISE,
    MOVING_LAYERS,
    advice,
    is_plain,
    read_layer,
    require_axes,
    require_scores_axis,
)
from snni.errors import BundleError, UnsupportedLayer

RECORDED_IMAGES = 2
"""So that the images' axis can be told from others of length one."""
TOLERANCE = 2.0**-10
"""Of a value's largest element: float32's roundings over hundreds of layers stay below, what another function gives
does not."""


def trace(module: nn.Module, input_shape: Sizes) -> Graph:
    """The graph of ``module`` in eval mode for float images [C, H, W].

    Raises:
        UnsupportedLayer: a layer without a protocol, a spelling of one that cannot be read, or one that computes
            something else than its kind.
        BundleError: the module cannot be run, or does not take one image and give one vector of scores.
    """
    in_eval_mode(module)
    for path, part in module.named_modules():
        if isinstance(part, torch.jit.ScriptModule):
            raise UnsupportedLayer(f"TorchScript ({path or 'the module'})", "the torch.nn.Module that it was made from")
    try:
        return _traced(module, input_shape, RECORDED_IMAGES)
    except BundleError as error:
        try:  # some forwards are written for one image
            return _traced(module, input_shape, 1)
        except BundleError:
            raise error from None


def in_eval_mode(module: nn.Module) -> None:
    """Put it there. What torch.export made has one mode for good, and says so. Raises BundleError: it cannot be put."""
    try:
        module.eval()
    except NotImplementedError:
        raise BundleError(
            f"{type(module).__name__} has one mode for good; give the torch.nn.Module that torch.export was given"
        ) from None


def _traced(module: nn.Module, shape: Sizes, count: int) -> Graph:
    images = torch.rand(count, *shape, generator=torch.Generator().manual_seed(0))
    reader = _Reader(count)
    recorder = Recorder(reader, _is_leaf)
    reader.recorder = recorder
    start = reader.append(Node(reader.clean(recorder.name(_argument_name(module))), "input", (), shape), images)
    recorder.note(images, Symbol.of(start, images.shape))
    try:
        with recorder.following(module):
            output = module(images)
    except BundleError:
        raise
    except Exception as error:  # whatever the module's own code raises on an image
        if reader.refused is not None:
            raise reader.refused from error
        text = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise BundleError(f"{type(module).__name__} does not run on an image {list(shape)}: {text}") from error
    graph = reader.graph(output)
    _check(graph, images, reader)
    before = _draws()
    with torch.no_grad():
        again = module(images)
    if not _near(again, output):
        raise BundleError(f"{type(module).__name__} gives other scores for the same image each time it runs")
    if _draws() != before:
        raise BundleError(f"forward of {type(module).__name__} draws random numbers; in eval mode it must not")
    return graph


def _draws() -> tuple[object, ...]:
    """Where the sources of random numbers stand: whoever draws one moves them."""
    return torch.get_rng_state().numpy().tobytes(), pickle.dumps(np.random.get_state()), random.getstate()


def _argument_name(module: nn.Module) -> str:
    """What forward calls its image. Raises BundleError: it takes more than one argument."""
    parameters = list(inspect.signature(module.forward).parameters.values())
    needed = [p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if len(needed) > 1:
        raise BundleError("the module takes more than one input; give it one image")
    return needed[0].name if needed else "input"


def _is_leaf(layer: nn.Module) -> bool:
    """Read whole: layers of torch that compute what their class says, and those that have no parts."""
    if is_plain(layer):
        return True
    of_torch = type(layer).__module__.startswith("torch.nn.modules") and not isinstance(layer, nn.DataParallel)
    overridden = type(layer).__module__.startswith(("torch.ao", "torch.nn.intrinsic"))
    return of_torch and not overridden and not isinstance(layer, nn.Sequential | nn.ModuleList | nn.ModuleDict)


@dataclass
class _Reader:
    """Makes nodes of what happens; ``observed`` is what each of them was on the recorded images."""

    count: int
    nodes: list[Node] = field(default_factory=list)
    observed: dict[str, torch.Tensor] = field(default_factory=dict)
    described: dict[str, str] = field(default_factory=dict)
    _rearranged: dict[tuple[str, bytes], Node] = field(default_factory=dict)
    recorder: Recorder = field(init=False)
    refused: BundleError | None = None
    """Why the layer that is running cannot be read."""

    def clean(self, name: str) -> str:
        """As a plan may call it."""
        base = re.sub(r"[^a-z0-9_.]", "_", name.lower())[:80]
        taken = {node.name for node in self.nodes}
        return base if base not in taken else f"{base}.{len(taken)}"

    def append(self, node: Node, value: torch.Tensor | None = None, what: str = "") -> Node:
        """value: what it was, whatever axes of length one it had."""
        self.nodes.append(node)
        self.described[node.name] = what or node.name
        if value is not None:
            self.observed[node.name] = value.detach().clone().reshape(self.count, *node.shape)
        return node

    def symbol(self, tensor: Any, what: str) -> Symbol:
        """Raises UnsupportedLayer: a constant, or after a softmax; BundleError: what made it could not be read."""
        made = self.recorder.made(tensor)
        if isinstance(made, Refused):
            raise made.error
        if made is None:
            raise UnsupportedLayer(f"{what} with a constant operand", "a layer's bias or weight")
        if made.closing:
            raise UnsupportedLayer(f"{what} after softmax", "softmax as the last layer only, or not at all")
        return made

    def node(self, tensor: Any, what: str) -> Node:
        """The value that a tensor is, its elements in a plan's order. Raises as ``symbol``, and for other orders."""
        return self.settled(self.symbol(tensor, what))

    def settled(self, symbol: Symbol) -> Node:
        """A node whose value is the symbol's elements in their order."""
        node, order = symbol.node, symbol.order()
        count = int(np.prod(node.shape))
        if order.size == count and np.array_equal(order.reshape(-1), np.arange(count)):
            if _without_ones(order.shape) == _without_ones(node.shape):
                return node
            if symbol.flat:
                return self._rearrange(symbol, Node("", "flatten", (), (count, 1, 1)))
        channels = symbol.channels()
        if channels is not None:
            return self._rearrange(symbol, Node("", "gather", (), (len(channels), *node.shape[1:]), channels=channels))
        grid = symbol.grid()
        if grid is not None:
            return self._picked(symbol, grid)
        if order.ndim == 1 and node.shape[1:] != (1, 1):
            row = self._rearrange(Symbol(node, symbol.index, symbol.moved), Node("", "flatten", (), (count, 1, 1)))
            return self.settled(Symbol(row, symbol.index, symbol.moved))
        raise symbol.unreadable()

    def _picked(self, symbol: Symbol, grid: Grid) -> Node:
        """Rows and columns of channels: a convolution by channel whose kernel has one tap."""
        node, chosen = symbol.node, grid.channels
        if chosen != tuple(range(node.shape[0])):
            shape = (len(chosen), *node.shape[1:])
            node = self._rearrange(symbol, Node("", "gather", (), shape, channels=chosen))
        (down, high), (across, wide) = _step(grid.rows), _step(grid.columns)
        kernel = (node.shape[1] - high * down, node.shape[2] - wide * across)
        tap = np.zeros((len(chosen), 1, *kernel))
        tap[:, :, grid.rows[0], grid.columns[0]] = 1.0
        shape = (len(chosen), len(grid.rows), len(grid.columns))
        made = Node("", "conv", (), shape, tap, kernel=kernel, stride=(down, across), groups=len(chosen))
        return self._rearrange(replace(symbol, node=node), made)

    def _rearrange(self, symbol: Symbol, shaped: Node) -> Node:
        taps = b"" if shaped.weight is None else np.packbits(shaped.weight != 0).tobytes()
        key = (symbol.node.name, repr((shaped.op, shaped.shape, shaped.channels, shaped.stride)).encode() + taps)
        if key not in self._rearranged:
            name = self.clean(symbol.moved[0] or f"{symbol.node.name}_{shaped.op}")
            made = replace(shaped, name=name, inputs=(symbol.node.name,))
            self._rearranged[key] = self.append(made, what=symbol.moved[1])
        return self._rearranged[key]

    def layer(self, layer: nn.Module, path: str, name: str, args: tuple[Any, ...]) -> Callable[[Any], Any]:
        """See Reader."""
        what = f"{type(layer).__name__} ({path})"
        try:
            symbol = self.symbol(args[0] if args else None, what)
            if isinstance(layer, MOVING_LAYERS):
                return lambda output: symbol.moved_by(layer(symbol.index), name, type(layer).__name__)
            if isinstance(layer, nn.Linear) and symbol.index.ndim != 2:
                raise UnsupportedLayer(f"{what} on a map", "a flatten, or a global pool and a flatten, before it")
            require_axes(layer, symbol.index.ndim, what)
            if isinstance(layer, ELEMENTWISE) and symbol.odd:
                return self._everywhere(layer, path, name, symbol, what)
            x = self.settled(symbol)
            if isinstance(layer, nn.Softmax | nn.LogSoftmax):
                require_scores_axis(layer.dim, symbol.index.ndim, what)
                return lambda output: self.close(x, output, type(layer).__name__.lower(), name)
            made = read_layer(layer, path, self.clean(name), x)
        except UnsupportedLayer as error:
            self.refused = error
            return lambda output: self._refuse()
        return lambda output: self.made(made, x, output, what)

    def _everywhere(self, layer: nn.Module, path: str, name: str, symbol: Symbol, what: str) -> Callable[[Any], Symbol]:
        """A layer that treats every element alike: applied to the value itself."""
        node = read_layer(layer, path, self.clean(name), symbol.node)
        after = symbol if node is None else replace(symbol, node=self.append(node, None, what))
        return lambda output: after

    def _refuse(self) -> Refused:
        """For the layer that has just run, though it cannot be read."""
        error, self.refused = self.refused, None
        return Refused(error or BundleError("a layer that cannot be read"))

    def made(self, node: Node | None, x: Node, output: Any, what: str) -> Symbol:
        """An output that is ``node``, or ``x`` where the layer does nothing."""
        if not isinstance(output, torch.Tensor):
            raise UnsupportedLayer(f"{what} with several results", advice(what))
        return Symbol.of(x if node is None else self.append(node, output, what), output.shape)

    def close(self, x: Node, output: torch.Tensor, kind: str, name: str) -> Symbol:
        """A softmax: left out, and from here on only the output may follow."""
        if x.shape[1:] != (1, 1):
            raise UnsupportedLayer(f"softmax over a map ({name})", "softmax as the last layer only, or not at all")
        return replace(Symbol.of(x, output.shape), closing="log_softmax" if "log" in kind else "softmax")

    def function(self, spelling: str, name: str, call: Call) -> Any:
        """See Reader."""
        for made in map(self.recorder.made, tensors_in((call.args, call.kwargs))):
            if isinstance(made, Refused):
                raise made.error
        if spelling in IN_ORDER or spelling in MOVING:
            return self._moved(spelling, name, call)
        read = FUNCTIONS.get(spelling)
        if read is None:
            raise UnsupportedLayer(f"{spelling} ({name})", advice(spelling))
        return read(self, f"{spelling} ({name})", self.clean(name), call)

    def _moved(self, spelling: str, name: str, call: Call) -> Any:
        """The same movement of indices."""
        symbol = self.recorder.made(call.args[0] if call.args else call.kwargs.get("input"))
        if not isinstance(symbol, Symbol):
            raise UnsupportedLayer(f"{spelling} ({name})", advice(spelling))
        if spelling in IN_ORDER:
            return symbol.moved_by(symbol.index.reshape(call.result.shape), name, spelling)
        rest = {key: value for key, value in call.kwargs.items() if key != "input"}
        index = call.func(symbol.index.clone(), *call.args[1:], **rest)
        if isinstance(index, torch.Tensor):
            return symbol.moved_by(index, name, spelling)
        return tuple(symbol.moved_by(part, name, spelling) for part in index)

    def graph(self, output: Any) -> Graph:
        """What the output needs of all that was read."""
        symbol = self.recorder.made(output) if isinstance(output, torch.Tensor) else None
        if isinstance(symbol, Refused):
            raise symbol.error
        if symbol is None:
            for made in map(self.recorder.made, tensors_in(output)):
                if isinstance(made, Refused):
                    raise made.error
            raise BundleError("the module must return one tensor of scores")
        last = self.settled(symbol)
        if last.shape[1:] != (1, 1) or last.shape[0] < 2 or last.op == "input":
            raise BundleError(f"the module returns {list(last.shape)}; end it with at least two scores for an image")
        needed = {last.name}
        for node in reversed(self.nodes):
            needed |= set(node.inputs) if node.name in needed else set()
        kept = tuple(node for node in self.nodes if node.name in needed or node.op == "input")
        return Graph(kept, last.name, symbol.closing)


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The first axis, and those after it that are longer than one."""
    return (*shape[:1], *(side for side in shape[1:] if side > 1))


def _step(places: tuple[int, ...]) -> tuple[int, int]:
    """(distance, how many distances) of regular places."""
    return (places[1] - places[0], len(places) - 1) if len(places) > 1 else (1, 0)


def _check(graph: Graph, images: torch.Tensor, reader: _Reader) -> None:
    """Every value is what the module made. Raises UnsupportedLayer naming the first that is not."""
    for name, value in evaluate(graph, images).items():
        wanted = reader.observed.get(name)
        if wanted is not None and not _near(value, wanted):
            raise UnsupportedLayer(
                f"{reader.described[name]}, which computes something else than a layer of its kind,",
                "it without hooks, random values and numbers of its own",
            )


def _near(value: torch.Tensor, wanted: torch.Tensor) -> bool:
    largest = float(wanted.abs().max())
    return bool(torch.isfinite(wanted).all()) and float((value - wanted).abs().max()) <= TOLERANCE * largest
