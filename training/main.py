"""`python -m training.main COMMAND`: train a model, or by a recipe. With `--inspect DIR`: what a data set holds."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

from training import default, landmarks
from training.aware import command as aware
from training.backbones.errors import BackboneError
from training.datasets import command as datasets
from training.datasets.errors import DatasetError
from training.distil import command as distil
from training.evaluation.errors import EvaluationError
from training.recipe import command as recipes
from training.recipe.errors import RecipeError
from training.tuning.errors import TuningError

USAGE_ERROR = 2
RUNS: Mapping[str, Callable[[argparse.Namespace], object]] = {
    "default": default.run,
    "landmarks": landmarks.run,
    "prepare": datasets.run_preparation,
    "aware": aware.run,
    "distil": distil.run,
}
"""Every command but the recipes' names."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run what it asks for: 0, or 2 after a message that says what to do."""
    parser = argparse.ArgumentParser(prog="training", description="Train a model.")
    datasets.add_inspection(parser.add_argument_group("a dry run over a data set"))
    commands = parser.add_subparsers(dest="command")
    about = "the model that is shipped: SqueezeNet v1.1, four levels, drawn faces"
    default.add_arguments(commands.add_parser("default", help=about, description=default.__doc__,
                                              formatter_class=argparse.RawDescriptionHelpFormatter))  # fmt: skip
    for name, command, about in (
        ("aware", aware, "a network through the integers of secure inference, its cost beside its accuracy"),
        ("distil", distil, "a small student from a large teacher"),
    ):
        command.add_arguments(commands.add_parser(name, help=about, description=command.__doc__,
                                                  formatter_class=argparse.RawDescriptionHelpFormatter))  # fmt: skip
    about = "the landmark finder behind the backbone `landmarks`, on drawn faces"
    landmarks.add_arguments(commands.add_parser("landmarks", help=about, description=landmarks.__doc__,
                                                formatter_class=argparse.RawDescriptionHelpFormatter))  # fmt: skip
    about = "a data set's crops and manifest, for training"
    datasets.add_preparation(commands.add_parser("prepare", help=about, description=about))
    try:
        recipes.add_recipes(commands)
    except RecipeError as error:
        return _refused(error)
    args = parser.parse_args(_with_file(sys.argv[1:] if arguments is None else arguments))
    if (args.inspect is None) == (args.command is None):
        parser.error("name a command, or a data set with --inspect DIR")
    try:
        if args.inspect is not None:
            datasets.run_inspection(args)
        else:
            RUNS.get(args.command, recipes.run)(args)
    except (DatasetError, RecipeError, BackboneError, EvaluationError, TuningError, OSError) as error:
        return _refused(error)
    return 0


def _with_file(words: Sequence[str]) -> list[str]:
    """A recipe's path in place of its name becomes an option."""
    if words and words[0].endswith((".yaml", ".yml")) and words[0] != recipes.OWN:
        return [recipes.OWN, "--file", *words]
    return list(words)


def _refused(error: Exception) -> int:
    print(f"training: {error}", file=sys.stderr)
    return USAGE_ERROR


if __name__ == "__main__":
    sys.exit(main())
