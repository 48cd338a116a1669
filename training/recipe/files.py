"""Recipes by name or by path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from training.recipe.errors import RecipeFileError
from training.recipe.schema import Recipe

FOLDER = Path(__file__).resolve().parent / "papers"


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice in a mapping, of which the parser would silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                problem = f"the key {key.value[:32]} stands twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def paths() -> dict[str, Path]:
    """The recipes that come with the project, by name."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}


def read_recipe(path: Path) -> Recipe:
    """Read and check one.

    Raises:
        RecipeFileError: the file is missing or no YAML, or a field is missing, unknown or out of range.
    """
    try:
        found = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeFileError(path, [("", "no such file" if not path.exists() else "cannot be read")]) from error
    except yaml.YAMLError as error:
        raise RecipeFileError(path, [("", f"is not YAML: {' '.join(str(error).split())}")]) from error
    if not isinstance(found, dict):
        raise RecipeFileError(path, [("", "is not a mapping of fields")])
    return checked(found, path)


def changed(recipe: Recipe, path: Path, *, network: str | None, loss: str | None, folds: int | None) -> Recipe:
    """The recipe with another network, another loss in every stage, or other folds where it has folds.

    Raises:
        RecipeFileError: it does not work with these.
    """
    fields: dict[str, Any] = recipe.model_dump(mode="json")
    if network is not None:
        fields["network"] = network
    for stage in fields["stages"]:
        if loss is not None:
            stage["loss"] = {**stage["loss"], "name": loss}
        if folds is not None and stage["folds"] is not None:
            stage["folds"] = folds
    return checked(fields, path)


def checked(fields: Mapping[str, Any], path: Path) -> Recipe:
    """Raises RecipeFileError with each field's problem."""
    try:
        return Recipe.model_validate(fields)
    except ValidationError as error:
        problems = [(".".join(str(one) for one in each["loc"]), each["msg"]) for each in error.errors()]
        raise RecipeFileError(path, problems) from error
