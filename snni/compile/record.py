"""One real run of a torch module, recorded: which layer or function made which tensor from which, and what it was.

The module runs as it is, on two images, so that sizes are known, hooks have done what they do, and what happens in
place happens. Tensors are told apart by identity; one that an operation changes in place (its version counter moves)
stands for the new value from then on, and so does every other tensor that is the same memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import nn
from torch.fx.graph import _Namespace, _snake_case
from torch.overrides import TorchFunctionMode

from snni.compile.symbols import Refused, Symbol
from snni.errors import BundleError, UnsupportedLayer

READS_VALUES = {"__bool__", "__float__", "__int__", "__index__", "__complex__", "item", "tolist", "numpy", "__array__"}

_SPELT = {"iadd": "add", "radd": "add", "isub": "sub", "subtract": "sub", "imul": "mul", "rmul": "mul"}
_SPELT |= {"multiply": "mul", "itruediv": "div", "truediv": "div", "true_divide": "div", "divide": "div"}

Made = Symbol | Refused


class Reader(Protocol):
    """What makes nodes of what happens."""

    def layer(self, layer: nn.Module, path: str, name: str, args: tuple[Any, ...]) -> Callable[[Any], Any]:
        """Called before a layer runs; what is called with its output gives what that output stands for."""
        ...

    def function(self, spelling: str, name: str, call: Call) -> Any:
        """What the result of a function stands for: as the result, Made in place of tensors."""
        ...


@dataclass(frozen=True)
class Call:
    """A function as called, and its result."""

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any


@dataclass(eq=False)
class Recorder(TorchFunctionMode):  # type: ignore[misc]
    """Follows tensors through a run. is_leaf: layers that are read whole instead of what happens inside."""

    reader: Reader
    is_leaf: Callable[[nn.Module], bool]
    known: dict[int, tuple[torch.Tensor, Made]] = field(default_factory=dict)
    names: _Namespace = field(default_factory=_Namespace)
    depth: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if self.depth:
            return func(*args, **kwargs)
        tensors = [t for t in tensors_in((args, kwargs)) if self.made(t) is not None]
        spelling = spelled(func)
        if tensors and spelling in READS_VALUES:
            raise BundleError(f"forward reads values of the image ({spelling}); it must not branch on values")
        before = [_version(t) for t in tensors]
        result = func(*args, **kwargs)
        if not tensors or not (list(tensors_in(result)) or self._changed(tensors, before)):
            return result
        name = self.name(spelling)
        try:
            made = self.reader.function(spelling, name, Call(func, args, kwargs, result))
        except BundleError as error:
            made = Refused(error)
        self._note(result, made)
        self._overwrite(name, [t for t, v in zip(tensors, before, strict=True) if _version(t) != v], result, made)
        return result

    def name(self, candidate: str) -> str:
        """A name of its own, as torch.fx gives them."""
        return str(self.names.create_name(_snake_case(candidate) if "." not in candidate else candidate, None))

    def made(self, tensor: Any) -> Made | None:
        """What a tensor stands for; None for a constant."""
        found = self.known.get(id(tensor))
        return None if found is None else found[1]

    def note(self, tensor: torch.Tensor, made: Made) -> None:
        """From now on the tensor stands for this."""
        self.known[id(tensor)] = tensor, made

    def _note(self, result: Any, made: Any) -> None:
        if isinstance(result, torch.Tensor):
            if isinstance(made, Symbol | Refused):
                self.note(result, made)
        elif isinstance(result, tuple | list):
            parts = made if isinstance(made, tuple | list) else [made] * len(result)
            for part, of in zip(result, parts, strict=True):
                self._note(part, of)

    def _changed(self, tensors: list[torch.Tensor], before: list[int]) -> bool:
        return any(_version(t) != version for t, version in zip(tensors, before, strict=True))

    def _overwrite(self, name: str, changed: list[torch.Tensor], result: Any, made: Any) -> None:
        """Every tensor that shares memory with one that was changed in place stands for the new value, or for none."""
        for tensor in changed:
            new = made if isinstance(result, torch.Tensor) and _same(tensor, result) else None
            for other, old in list(self.known.values()):
                if other.untyped_storage().data_ptr() != tensor.untyped_storage().data_ptr():
                    continue
                if isinstance(new, Symbol | Refused) and _same(other, tensor):
                    self.note(other, new)
                elif old is not new:
                    self.note(other, Refused(_in_place(name)))

    @contextmanager
    def following(self, module: nn.Module) -> Iterator[None]:
        """Leaves of ``module`` are noticed while it runs."""
        handles: list[tuple[str, nn.Module, tuple[Any, Any]]] = []
        for path, layer in module.named_modules(remove_duplicate=False):
            if self.is_leaf(layer) and not any(layer is seen for _, seen, _ in handles):
                handles.append((path, layer, self._hook(path, layer)))
        try:
            with torch.no_grad(), self:
                yield
        finally:
            for _, _, pair in handles:
                for handle in pair:
                    handle.remove()

    def _hook(self, path: str, layer: nn.Module) -> tuple[Any, Any]:
        waiting: list[tuple[str, list[torch.Tensor], list[int], Callable[[Any], Any]]] = []

        def before(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            self.depth += 1
            tensors = [t for t in tensors_in((args, kwargs)) if self.made(t) is not None]
            if self.depth == 1 and tensors:
                name = self.name(path or type(layer).__name__.lower())
                finish = self.reader.layer(layer, path, name, (*args, *kwargs.values()))
                waiting.append((name, tensors, [_version(t) for t in tensors], finish))

        def after(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
            self.depth -= 1
            if not self.depth and waiting:
                name, tensors, versions, finish = waiting.pop()
                try:
                    made = finish(output)
                except BundleError as error:
                    made = Refused(error)
                self._note(output, made)
                changed = [t for t, v in zip(tensors, versions, strict=True) if _version(t) != v]
                self._overwrite(name, changed, output, made)

        return (
            layer.register_forward_pre_hook(before, with_kwargs=True),
            layer.register_forward_hook(after, with_kwargs=True),
        )


def tensors_in(thing: Any) -> Iterator[torch.Tensor]:
    """Tensors in arguments, however nested."""
    if isinstance(thing, torch.Tensor):
        yield thing
    elif isinstance(thing, tuple | list):
        for part in thing:
            yield from tensors_in(part)
    elif isinstance(thing, dict):
        for part in thing.values():
            yield from tensors_in(part)


def spelled(func: Any) -> str:
    """A function's name without what marks it as an operator or as in place: add for +, += and add_."""
    name = str(getattr(func, "__name__", func))
    return name if name in READS_VALUES else _SPELT.get(name.strip("_"), name.strip("_") or name)


def _version(tensor: torch.Tensor) -> int:
    """How often it was changed in place. Raises BundleError: tensors of inference mode do not count."""
    if tensor.is_inference():
        raise BundleError("forward enters torch.inference_mode(); use torch.no_grad(), or leave it out")
    return int(tensor._version)


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether they are the same elements of memory in the same order."""
    same = one.data_ptr() == other.data_ptr() and one.shape == other.shape and one.stride() == other.stride()
    return bool(same)


def _in_place(name: str) -> BundleError:
    what = f"{name}, which changes part of another value in place,"
    return UnsupportedLayer(what, "an operation that is not in place")
