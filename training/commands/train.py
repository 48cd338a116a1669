"""`./run train COMMAND`: train a model, or by a recipe. With `--inspect DIR`: what a data set holds."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

from snni.errors import SnniError
from training.commands import adapt, aware, default, distil, expression, landmarks, narrow, prepare, recipe
from training.errors import TrainingError

USAGE_ERROR = 2
RUNS: Mapping[str, Callable[[argparse.Namespace], object]] = {
    "default": default.run,
    "expression": expression.run,
    "landmarks": landmarks.run,
    "prepare": prepare.run_preparation,
    "adapt": adapt.run,
    "aware": aware.run,
    "distil": distil.run,
    "narrow": narrow.run,
}
"""Every command but the recipes' names."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run what it asks for: 0, or 2 after a message that says what to do."""
    try:
        parser = build_parser()
    except TrainingError as error:
        return _refused(error)
    args = parser.parse_args(_with_file(sys.argv[1:] if arguments is None else arguments))
    if (args.inspect is None) == (args.command is None):
        parser.error("name a command, or a data set with --inspect DIR")
    try:
        if args.inspect is not None:
            prepare.run_inspection(args)
        else:
            RUNS.get(args.command, recipe.run)(args)
    except (TrainingError, SnniError, OSError) as error:
        return _refused(error)
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Every command with its options. Raises RecipeError: a recipe of the project breaks its rules."""
    parser = argparse.ArgumentParser(prog="./run train", description="Train a model.")
    prepare.add_inspection(parser.add_argument_group("a dry run over a data set"))
    commands = parser.add_subparsers(dest="command")
    for name, command, about in (
        ("default", default, "SqueezeNet v1.1 for four levels, on drawn faces alone"),
        ("expression", expression, "the network for real faces: face-api's expressions made levels of pain"),
        ("adapt", adapt, "a network to one home, by its photographs without labels"),
        ("aware", aware, "a network through the integers of secure inference, its cost beside its accuracy"),
        ("distil", distil, "a small student from a large teacher"),
        ("narrow", narrow, "the network for real faces with half the comparisons in secure inference"),
        ("landmarks", landmarks, "the landmark finder behind the backbone `landmarks`, on drawn faces"),
    ):
        command.add_arguments(commands.add_parser(name, help=about, description=command.__doc__,
                                                  formatter_class=argparse.RawDescriptionHelpFormatter))  # fmt: skip
    about = "a data set's crops and manifest, for training"
    prepare.add_preparation(commands.add_parser("prepare", help=about, description=about))
    recipe.add_recipes(commands)
    return parser


def _with_file(words: Sequence[str]) -> list[str]:
    """A recipe's path in place of its name becomes an option."""
    if words and words[0].endswith((".yaml", ".yml")) and words[0] != recipe.OWN:
        return [recipe.OWN, "--file", *words]
    return list(words)


def _refused(error: Exception) -> int:
    print(f"training: {error}", file=sys.stderr)
    return USAGE_ERROR


if __name__ == "__main__":
    sys.exit(main())
