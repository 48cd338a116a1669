"""Recipes are read strictly: what is wrong is told with file and field."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from training.commands.train import main
from training.recipe.errors import RecipeFileError
from training.recipe.files import changed, paths, read_recipe

GOOD: dict[str, Any] = {
    "name": "mine",
    "about": "mine",
    "network": "resnet18",
    "stages": [
        {"name": "one", "data": "d", "optimiser": {"name": "sgd", "rate": 0.1}, "epochs": 1, "batch": 2},
    ],
}


def written(path: Path, stage: dict[str, Any] | None = None, **fields: Any) -> Path:
    """GOOD with changes."""
    path.write_text(yaml.safe_dump({**GOOD, "stages": [{**GOOD["stages"][0], **(stage or {})}], **fields}))
    return path


def test_those_that_come_along_are_sound() -> None:
    for name, path in paths().items():
        recipe = read_recipe(path)
        assert recipe.name == name
        assert f"./run train {name} --data" in path.read_text()


def test_every_number_has_a_source() -> None:
    """Beside it, in the comment that its line begins, or in one just above."""
    for path in paths().values():
        lines = path.read_text().split("\nstages:", 1)[1].splitlines()
        numbered = [n for n, line in enumerate(lines) if re.search(r":.*\d", line.split("#")[0])]
        named = re.compile(r"\s*(- |name:|data:|- &)")
        for number in (one for one in numbered if not named.match(lines[one])):
            assert any("#" in line for line in lines[max(0, number - 4) : number + 1]), f"{path.name}: {lines[number]}"


@pytest.mark.parametrize(("stage", "fields", "said"), [
    ({"bacth": 3}, {}, "stages.0.bacth: Extra inputs are not permitted"),
    ({"batch": 0}, {}, "stages.0.batch"),
    ({"optimiser": {"name": "sgd", "rate": -1}}, {}, "stages.0.optimiser.rate"),
    ({"optimiser": {"name": "adam", "rate": 1, "momentum": 0.8}}, {}, "momentum and nesterov are of sgd"),
    ({"loss": {"name": "hinge"}}, {}, "stages.0.loss.name"),
    ({"trainable": ["layer5"]}, {}, "resnet18 has no block layer5; there are conv1. bn1. layer1."),
    ({"classes": "pain9"}, {}, "no classes pain9"),
    ({"augmentation": {"flop": 1}}, {}, "no such fields: flop"),
    ({"augmentation": {"flip": 2}}, {}, "flip must be 0..1"),
    ({"features": True}, {}, "needs trainable: head"),
    ({"balance": "smote"}, {}, "smote needs features"),
    ({"folds": 2}, {}, "stages.0.folds"),
    ({}, {"network": "resnet9"}, "no network resnet9"),
    ({}, {"network": "landmarks"}, "landmarks only describes crops"),
    ({}, {"stages": []}, "stages"),
    ({}, {"stages": GOOD["stages"] * 2}, "two stages have one name"),
    ({}, {"colour": "red"}, "colour: Extra inputs are not permitted"),
])  # fmt: skip
def test_what_breaks_a_rule(stage: dict[str, Any], fields: dict[str, Any], said: str, tmp_path: Path) -> None:
    path = written(tmp_path / "mine.yaml", stage, **fields)
    with pytest.raises(RecipeFileError) as error:
        read_recipe(path)
    assert said in str(error.value) and str(path) in str(error.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "list.yaml").write_text("- 1\n")
    (tmp_path / "broken.yaml").write_text("a: [\n")
    (tmp_path / "twice.yaml").write_text("name: a\nstages:\n- {epochs: 1, epochs: 2}\n")
    (tmp_path / "code.yaml").write_text("!!python/object/apply:os.getcwd []\n")
    for name, said in (
        ("list", "is not a mapping"),
        ("broken", "is not YAML"),
        ("code", "is not YAML"),
        ("twice", "the key epochs stands twice"),
        ("no", "no such"),
    ):
        with pytest.raises(RecipeFileError, match=said):
            read_recipe(tmp_path / f"{name}.yaml")


def test_options_change_a_recipe(tmp_path: Path) -> None:
    path = paths()["massa"]
    recipe = changed(read_recipe(path), path, network="dinov2_s", loss="mae", folds=7)
    assert (recipe.network, recipe.stages[0].loss.name, recipe.stages[0].folds) == ("dinov2_s", "mae", 7)
    assert recipe.stages[0].loss.gamma == 2
    same = changed(read_recipe(path), path, network=None, loss=None, folds=None)
    assert same == read_recipe(path)
    with pytest.raises(RecipeFileError, match="no network x"):
        changed(recipe, path, network="x", loss=None, folds=None)


def test_the_command_lists_recipes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    assert all(name in shown for name in (*paths(), "FILE.yaml", "default", "prepare"))
    with pytest.raises(SystemExit) as ended:
        main(["seefepas"])
    assert ended.value.code == 2 and "secfepas_resnet50" in capsys.readouterr().err


def test_a_recipe_of_ones_own_is_named_by_its_path(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "mine.yaml", {"batch": 0})
    assert main([str(path), "--data", "x", "--out", str(tmp_path / "out")]) == 2
    assert f"{path}: stages.0.batch" in capsys.readouterr().err
    assert main([str(written(path)), "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert str(tmp_path / "manifest.csv") in capsys.readouterr().err
