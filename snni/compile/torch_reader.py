"""What a recorded module does into nodes: its layers, its functions, and in the end the graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn

from snni.compile.graph import Graph, Node
from snni.compile.nodes import Nodes
from snni.compile.record import Call, Recorder, tensors_in
from snni.compile.symbols import Refused, Symbol
from snni.compile.torch_functions import FUNCTIONS, IN_ORDER, MOVING
from snni.compile.torch_layers import (
    ELEMENTWISE,
    MOVING_LAYERS,
    advice,
    read_layer,
    require_axes,
    require_scores_axis,
)
from snni.errors import BundleError, UnsupportedLayer


@dataclass
class TorchReader(Nodes):
    """Makes nodes of what happens: record.Reader, and torch_values.Values."""

    recorder: Recorder = field(init=False)
    refused: BundleError | None = None
    """Why the layer that is running cannot be read."""

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
