"""What a function of torch is given: the reader's values, and its call's arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import torch

from snni.compile.graph import Node
from snni.compile.record import Call
from snni.compile.symbols import Symbol


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
