"""`python -m training.main COMMAND`: train a model."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from training import default


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and run what it asks for."""
    parser = argparse.ArgumentParser(prog="training", description="Train a model.")
    commands = parser.add_subparsers(dest="command", required=True)
    about = "the model that is shipped: SqueezeNet v1.1, four levels, drawn faces"
    default.add_arguments(commands.add_parser("default", help=about, description=default.__doc__,
                                              formatter_class=argparse.RawDescriptionHelpFormatter))  # fmt: skip
    args = parser.parse_args(arguments)
    if args.command == "default":
        default.run(args)


if __name__ == "__main__":
    main()
