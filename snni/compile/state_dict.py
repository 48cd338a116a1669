"""A state dict from a file, as people save one: bare, in a checkpoint, under the prefix of a wrapper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from snni.errors import ParameterError

NESTED = ("state_dict", "model_state_dict", "model", "net", "weights")
"""Under which checkpoints keep it."""
LFS_POINTER = b"version https://git-lfs"
NAMED = 3
"""Keys that a refusal names, of each kind."""


def load_weights(module: nn.Module, path: Path) -> None:
    """Load a state dict from .safetensors or .pt (tensors only, never code).

    One that a checkpoint keeps under a name of NESTED is found there. Where all names of the module's tensors are there
    behind one prefix, such as DataParallel's `module.`, it is taken off, and what lies elsewhere is another part's.

    Raises:
        ParameterError: the file is missing, unreadable, or not this module's.
    """
    if not path.is_file():
        raise ParameterError(f"--weights {path}: no such file")
    wanted = module.state_dict()
    state = _bare(_read(path), wanted)
    if not isinstance(state, Mapping):
        raise ParameterError(f"--weights {path}: holds a {type(state).__name__}, not a state dict")
    prefixes = _prefixes(state, wanted)
    if len(prefixes) > 1:
        raise ParameterError(f"--weights {path}: holds this network {len(prefixes)} times: {_some(prefixes)}")
    if prefixes:
        state = {name: state[prefixes[0] + name] for name in wanted}
    problem = _problem(state, wanted)
    if problem:
        raise ParameterError(f"--weights {path}: not this network's: {problem}")
    try:
        module.load_state_dict(state)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise ParameterError(f"--weights {path}: not this network's ({_words(error)})") from error


def _read(path: Path) -> Any:
    """What the file holds. Raises ParameterError."""
    with path.open("rb") as file:
        if file.read(len(LFS_POINTER)) == LFS_POINTER:
            raise ParameterError(f"--weights {path}: is a pointer of Git LFS; `git lfs pull` gets the file")
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load raises whatever its unpickler and zip reader do
        code = "weights_only" in str(error) or "Weights only" in str(error)
        why = "it holds more than tensors; save the network's state_dict()" if code else _words(error)
        raise ParameterError(f"--weights {path}: not a state dict of tensors ({why})") from error


def _bare(found: Any, wanted: Mapping[str, Any]) -> Any:
    """What a checkpoint holds."""
    while isinstance(found, Mapping) and not any(name in found for name in wanted):
        inner = next((found[name] for name in NESTED if isinstance(found.get(name), Mapping)), None)
        if inner is None:
            break
        found = inner
    return found


def _prefixes(state: Mapping[Any, Any], wanted: Mapping[str, Any]) -> list[str]:
    """What stands before every wanted name; none where they stand alone."""
    first = next(iter(wanted), "")
    if not first or first in state:
        return []
    found = [key.removesuffix(first) for key in state if isinstance(key, str) and key.endswith(f".{first}")]
    return [prefix for prefix in found if all(prefix + name in state for name in wanted)]


def _problem(state: Mapping[Any, Any], wanted: Mapping[str, Any]) -> str:
    """In what they differ, in words; empty where in nothing that can be told here. Lazy layers have no shape yet."""
    lazy = torch.nn.parameter.UninitializedTensorMixin
    shaped = {name: tensor for name, tensor in wanted.items() if not isinstance(tensor, lazy)}
    missing = [name for name in wanted if name not in state]
    unknown = [str(name) for name in state if name not in wanted]
    other = [
        f"{name} {list(state[name].shape)} for {list(tensor.shape)}"
        for name, tensor in shaped.items()
        if isinstance(state.get(name), torch.Tensor) and state[name].shape != tensor.shape
    ]
    kinds = {"has not": missing, "has besides": unknown, "of other shapes": other}
    return "; ".join(f"{kind} {_some(names)}" for kind, names in kinds.items() if names)


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
    return ", ".join(listed[:NAMED]) + more


def _words(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
