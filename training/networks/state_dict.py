"""State dicts: the one place that reads a file of weights, and the ways of putting one into a network.

A public checkpoint goes into a network of another head: every name but the head's must be there, and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from training.errors import WeightsError
from training.networks.registry import Network

State = dict[str, Tensor]
LISTED = 4
"""Names that an error quotes."""


@dataclass(frozen=True)
class Loaded:
    """What came of a file. sha256: its digest, hexadecimal. classes: of the head that it held, None without one."""

    sha256: str
    classes: int | None


def read_state(path: Path) -> State:
    """A state dict from .safetensors or .pt (tensors only, never code). Raises WeightsError."""
    if not path.is_file():
        raise WeightsError(path, "no such file")
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            state = load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load raises whatever its unpickler and zip reader do
        raise WeightsError(path, f"not a state dict of tensors ({_first_line(error)})") from error
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise WeightsError(path, "not a state dict of tensors")
    return state


def load_whole(module: nn.Module, path: Path, what: str) -> nn.Module:
    """The module with every tensor of a file, and no other, in evaluation mode.

    Raises:
        WeightsError: there is no such file, it is none, or not the weights of `what`.
    """
    return fill(module, read_state(path), path, what)


def fill(module: nn.Module, state: Mapping[str, Tensor], path: Path, what: str) -> nn.Module:
    """The same with tensors that came of the path. Raises WeightsError: they are another network's."""
    try:
        module.load_state_dict(dict(state))
    except (RuntimeError, TypeError, AttributeError) as error:
        raise WeightsError(path, f"not the weights of {what} ({_last_line(error)})") from error
    return module.eval()


def load_body(module: nn.Module, entry: Network, path: Path) -> Loaded:
    """Load all of a checkpoint but its head, which is left as it was made; it may have other classes, or be missing.

    Args:
        module: what ``entry.factory`` made; changed in place.
        path: .safetensors or .pt under the public checkpoint's names.

    Raises:
        WeightsError: the file is missing, unreadable, or not this network's.
    """
    state = read_state(path)
    last = entry.blocks[-1]
    head = state.get(f"{last}weight")
    body = {name: value for name, value in state.items() if not name.startswith(last)}
    try:
        found = module.load_state_dict(body, strict=False)
    except RuntimeError as error:
        raise WeightsError(path, f"not this network's ({_last_line(error)})") from error
    missing = [name for name in found.missing_keys if not name.startswith(last)]
    if missing or found.unexpected_keys:
        lacks, has = (", ".join(names[:LISTED]) or "nothing" for names in (missing, found.unexpected_keys))
        raise WeightsError(path, f"not this network's (it lacks {lacks}; it has {has}, which the network has not)")
    return Loaded(digest_of(path), None if head is None else head.shape[0])


def digest_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal. Raises WeightsError: there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(path, "no such file") from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _last_line(error: BaseException) -> str:
    """Of load_state_dict's lines the last names a tensor; never longer than an error's line should be."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1].strip()[:160]
