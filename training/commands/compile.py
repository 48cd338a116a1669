"""`./run compile`: a network into a bundle, unless the licences of what it was trained on forbid it.

    ./run compile --run runs/default --out DIR
    ./run compile --module package.module:factory --weights FILE --calibration FILE.npy --out DIR
    ./run compile --run runs/unbc --out DIR --private

--run takes a folder that `./run train` left: its metrics.json says which network, which classes, and whose licences
bind it; a report.json of `./run evaluate` there goes into the card. Weights beside a metrics.json that names licences
are that run's, however they are named. --private makes a bundle that must not be passed on; its card opens with that.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from snni.compile import __main__ as compiler
from snni.errors import SnniError
from training.datasets.licence import require_publishable
from training.errors import OptionError, TrainingError
from training.networks.state_dict import load_whole
from training.runs.folder import (
    CALIBRATION,
    DEFAULT_NETWORK,
    LEVELS,
    METRICS,
    NOTICE,
    WEIGHTS,
    Run,
    has_licences,
    make,
    read_run,
)
from training.runs.model_card import Origin, statement

USAGE_ERROR = 2
SCORE = "0, 1, 2, 3 for PSPI 0, 1, 2, 3 and above (Prkachin and Solomon, Pain 139(2), 2008)"


def build_parser() -> argparse.ArgumentParser:
    """The compiler's options and two more."""
    parser = argparse.ArgumentParser(
        prog="./run compile", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, help="a training run's folder, instead of --module and the rest")
    parser.add_argument("--private", action="store_true", help="a bundle that must not be passed on; its card says so")
    compiler.add_arguments(parser, required=False)
    return parser


def from_run(args: argparse.Namespace, run: Run, console: Console) -> None:
    """Its network, as its metrics say. Raises LicenceError, OptionError, SnniError; nothing is written then."""
    check(run, args.private)
    what = f"{run.network} with {len(run.classes)} levels"
    weights = args.weights or run.folder / WEIGHTS
    module = load_whole(make(run.network, len(run.classes)), weights, what)
    args.calibration = args.calibration or run.folder / CALIBRATION
    args.classes = args.classes or list(run.classes)
    args.crop = args.crop or run.crop
    if len(args.classes) != len(run.classes):
        raise OptionError(f"{run.folder / METRICS}: {len(run.classes)} classes, but --classes has {len(args.classes)}")
    opening = compiler.load_statement(args.statement)
    compiler.compile_and_save(module, args, console, opening + statement(origin(run, args.private)))
    if (run.folder / NOTICE).is_file():
        shutil.copyfile(run.folder / NOTICE, args.out / NOTICE)


def check(run: Run, private: bool) -> None:
    """Raise LicenceError where a bundle for others would be against the terms of the run's data."""
    if not private:
        require_publishable(run.licences)


def origin(run: Run, private: bool) -> Origin:
    """What the card says of the run."""
    facts = [str(fact) for fact in run.metrics.get("facts", [])]
    facts = facts or ([f"levels: {SCORE}"] if run.classes == LEVELS else [])
    if run.drawn:
        facts += made_by(run.metrics) if run.network == DEFAULT_NETWORK else []
        facts += ["how it does on photographs of people is unknown: none was used", "licence of the bundle: Apache-2.0"]
    return Origin(run.network, run.licences, run.drawn, run.data, run.metrics, run.report, private, facts)


def made_by(metrics: Mapping[str, Any]) -> list[str]:
    """The command of a drawn network, and the commit where the run knows it."""
    recipe = dict(metrics.get("recipe") or {})
    command = f"./run train default --epochs {recipe.get('epochs')} --threads 2"
    return [f"made by: `{command}`" + (f" at commit {metrics['commit']}" if metrics.get("commit") else "")]


def run_of(args: argparse.Namespace) -> Run | None:
    """The run that is named, or whose weights are: beside them lies a metrics.json with licences. Raises RunError."""
    if args.run is not None:
        return read_run(args.run)
    return read_run(args.weights.parent) if args.weights is not None and has_licences(args.weights.parent) else None


def publish(args: argparse.Namespace, parser: argparse.ArgumentParser, console: Console) -> None:
    """Compile what the command line names. Raises LicenceError, OptionError, SnniError."""
    if args.run is not None and args.module is not None:
        parser.error("--run says which network; leave --module out")
    run = run_of(args)
    if args.run is not None and run is not None:
        from_run(args, run, console)
        return
    if args.module is None or args.calibration is None:
        parser.error("name a training run's folder with --run, or --module and --calibration")
    if run is not None:
        check(run, args.private)
        compiler.run(args, console, statement(origin(run, args.private)))
    elif args.private:
        compiler.run(args, console, statement(Origin("its provider's", None, False, "not said", private=True)))
    else:
        compiler.run(args, console)


def main(argv: Sequence[str] | None = None) -> int:
    """0, or 2 after a message that says what to do."""
    parser = build_parser()
    args = parser.parse_args(argv)
    try:
        publish(args, parser, Console())
    except (SnniError, TrainingError) as error:
        print(f"compile: {error}", file=sys.stderr)
        return USAGE_ERROR
    return 0


if __name__ == "__main__":
    sys.exit(main())
