"""State dicts as people save them are loaded; what is another network's is refused with what differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from snni.compile.state_dict import load_weights
from snni.errors import ParameterError

State = dict[str, torch.Tensor]


def network(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))


def before(prefix: str, state: Mapping[str, torch.Tensor]) -> State:
    return {prefix + name: tensor for name, tensor in state.items()}


@pytest.mark.parametrize(
    "saved",
    [
        lambda state: state,
        lambda state: {"state_dict": state, "epoch": 3},
        lambda state: {"model": state, "optimizer": {"state": {}}},
        lambda state: {"model_state_dict": state},
        lambda state: before("module.", state),
        lambda state: before("_orig_mod.module.", state),
        lambda state: {"state_dict": before("model.", state) | {"loss.weight": torch.ones(2)}},
        lambda state: before("module.", state) | {"n_averaged": torch.tensor(3)},
    ],
)
def test_weights_are_found_where_people_keep_them(saved: Callable[[State], Any], tmp_path: Path) -> None:
    source, other = network(1), network(2)
    path = tmp_path / "w.pt"
    torch.save(saved(dict(source.state_dict())), path)
    load_weights(other, path)
    assert all(torch.equal(tensor, other.state_dict()[name]) for name, tensor in source.state_dict().items())


def test_a_prefix_in_safetensors(tmp_path: Path) -> None:
    source, other = network(1), network(2)
    save_file(before("module.", source.state_dict()), tmp_path / "w.safetensors")
    load_weights(other, tmp_path / "w.safetensors")
    assert torch.equal(other.state_dict()["3.weight"], source.state_dict()["3.weight"])


def without(name: str, state: State) -> State:
    return {key: tensor for key, tensor in state.items() if key != name}


@pytest.mark.parametrize(
    ("saved", "says"),
    [
        (lambda state: without("3.bias", state), "has not 3.bias"),
        (
            lambda state: without("module.3.bias", before("module.", state)),
            "has besides module.0.weight, .* and 5 more",
        ),
        (lambda state: state | {"aux.weight": torch.ones(1)}, "has besides aux.weight"),
        (lambda state: state | {"3.weight": torch.ones(2, 5)}, r"3.weight \[2, 5\] for \[2, 4\]"),
        (lambda state: before("a.", state) | before("b.", state), r"2 times: a\., b\."),
        (lambda state: {}, "has not 0.weight, 0.bias, 1.weight and 6 more"),
        (lambda state: list(state.values()), "a list, not a state dict"),
        (lambda state: {"model": network(1)}, "more than tensors"),
    ],
)
def test_what_differs_is_named_and_nothing_is_loaded(saved: Callable[[State], Any], says: str, tmp_path: Path) -> None:
    module = network(2)
    was = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    torch.save(saved(dict(network(1).state_dict())), tmp_path / "w.pt")
    with pytest.raises(ParameterError, match=says):
        load_weights(module, tmp_path / "w.pt")
    assert all(torch.equal(tensor, was[name]) for name, tensor in module.state_dict().items())


def test_a_pointer_of_git_lfs_is_told(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n")
    with pytest.raises(ParameterError, match="git lfs pull"):
        load_weights(network(1), path)
