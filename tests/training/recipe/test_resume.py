"""An interrupted run goes on, and ends with the same bits as one that was not interrupted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.training.recipe.quickly import Prepared, train
from training.engine.logs import Logs


class Interrupted(Exception):
    """Like a power cut: nothing after it runs."""


def interrupt_after(monkeypatch: pytest.MonkeyPatch, epochs: int) -> None:
    """The next run ends when so many epochs are in the checkpoint."""
    real = Logs.write

    def write(self: Logs, history: list[dict[str, object]]) -> None:
        if len(history) >= epochs:
            raise Interrupted
        real(self, history)

    monkeypatch.setattr(Logs, "write", write)


@pytest.mark.parametrize(("recipe", "sets", "cuts", "more"), [
    ("ppvc", ("fer2013", "ravdess"), (1, 4), ()),
    ("secfepas_squeezenet", ("unbc",), (1,), ()),
    ("massa", ("listed",), (2,), ("--network", "convnet48", "--folds", "3", "--fold", "0")),
])  # fmt: skip
def test_the_same_weights_to_the_bit(
    recipe: str, sets: tuple[str, ...], cuts: tuple[int, ...], more: tuple[str, ...], prepared: Prepared,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    names = sets if len(sets) > 1 else ("",)
    words = [f"{name}={prepared(one)}" if name else str(prepared(one)) for name, one in zip(names, sets, strict=True)]
    options = [
        *(word for one in words for word in ("--data", one)),
        "--epochs",
        "2" if recipe != "massa" else "4",
        *more,
    ]
    for cut in cuts:
        with monkeypatch.context() as patched:
            interrupt_after(patched, cut)
            with pytest.raises(Interrupted):
                train(recipe, tmp_path / "cut", *options)
        assert not (tmp_path / "cut" / "metrics.json").exists()
        assert not list((tmp_path / "cut").rglob("*.partial"))
    assert train(recipe, tmp_path / "cut", *options) == 0
    assert train(recipe, tmp_path / "whole", *options) == 0
    for name in ("float.safetensors", "calibration.npy"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    cut, whole = (json.loads((tmp_path / one / "metrics.json").read_text()) for one in ("cut", "whole"))
    assert cut == whole


def test_a_finished_run_is_only_measured_again(
    prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("--data", prepared("unbc"), "--epochs", 1)
    assert train("secfepas_squeezenet", tmp_path, *options) == 0
    before = {name: (tmp_path / name).read_bytes() for name in ("float.safetensors", "checkpoint.pt", "metrics.json")}
    interrupt_after(monkeypatch, 0)
    assert train("secfepas_squeezenet", tmp_path, *options) == 0
    assert before == {name: (tmp_path / name).read_bytes() for name in before}


def test_another_seed_gives_other_weights(prepared: Prepared, tmp_path: Path) -> None:
    for seed in (1, 2):
        words = ("--data", prepared("listed"), "--network", "convnet48", "--folds", 3, "--fold", 0, "--epochs", 1)
        assert train("massa", tmp_path / str(seed), *words, "--seed", seed) == 0
    one, two = ((tmp_path / str(seed) / "float.safetensors").read_bytes() for seed in (1, 2))
    assert one != two
