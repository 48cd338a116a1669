"""The options of every command that trains, written once: a command says which it takes, and their defaults."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

OPTIONS: Mapping[str, dict[str, Any]] = {
    "--out": {"type": Path, "help": "made if not there; an interrupted run goes on in it"},
    "--epochs": {"type": int},
    "--batch": {"type": int},
    "--rate": {"type": float},
    "--decay": {"type": float},
    "--seed": {"type": int},
    "--limit": {"type": int, "default": 0, "help": "use so many crops of each part only (0: all)"},
    "--threads": {"type": int, "default": 2},
    "--device": {"default": "cpu", "help": "cpu, cuda or cuda:N"},
    "--fresh": {"action": "store_true", "help": "ignore a checkpoint"},
}
REQUIRED = object()
"""In place of a default."""


def add_options(parser: argparse.ArgumentParser, *names: str, helps: Mapping[str, str] | None = None,
                **defaults: Any) -> None:  # fmt: skip
    """Options of OPTIONS.

    Args:
        names: of those taken with their usual defaults, such as "--threads".
        helps: what `--help` says of an option instead.
        defaults: of others, by name without dashes; REQUIRED: it must be given.
    """
    for name in (*names, *(f"--{name}" for name in defaults)):
        settings = dict(OPTIONS[name])
        given = defaults.get(name.removeprefix("--"))
        if given is REQUIRED:
            settings["required"] = True
        elif given is not None:
            settings["default"] = given
        if helps is not None and name in helps:
            settings["help"] = helps[name]
        parser.add_argument(name, **settings)
