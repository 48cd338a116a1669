"""`python -m training.main COMMAND`: train a model. With `--inspect DIR`: what a data set holds, before training."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from training import default, landmarks
from training.aware import command as aware
from training.backbones.errors import BackboneError
from training.datasets import command as datasets
from training.datasets.errors import DatasetError
from training.distil import command as distil
from training.tuning.errors import TuningError

USAGE_ERROR = 2


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
    args = parser.parse_args(arguments)
    if (args.inspect is None) == (args.command is None):
        parser.error("name a command, or a data set with --inspect DIR")
    try:
        if args.inspect is not None:
            datasets.run_inspection(args)
        elif args.command == "default":
            default.run(args)
        elif args.command == "landmarks":
            landmarks.run(args)
        elif args.command == "prepare":
            datasets.run_preparation(args)
        elif args.command == "aware":
            aware.run(args)
        elif args.command == "distil":
            distil.run(args)
    except (DatasetError, BackboneError, TuningError) as error:
        print(f"training: {error}", file=sys.stderr)
        return USAGE_ERROR
    return 0


if __name__ == "__main__":
    sys.exit(main())
