"""`./run evaluate`: how good a network is on people it has not seen.

    ./run evaluate --bundle models/expression-real
    ./run evaluate --weights runs/default/float.safetensors --network training.networks.squeezenet:SqueezeNet
    ./run evaluate --bundle DIR --prepared FOLDER
    ./run evaluate --bundle DIR --days 2 --card

A bundle is measured by its integers, as secure inference computes them, and laid beside its float network. Writes
report.html (one file, opens without a network) and report.json into --out; with --card the groups into the bundle's
card too.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import Progress

from services.alerts.policy.thresholds import LEVELS as POLICY_LEVELS
from services.alerts.policy.thresholds import Thresholds
from training.engine.progress import bars, counter
from training.errors import TrainingError
from training.evaluation.clips import Bank, people
from training.evaluation.clips import load_or_draw as load_or_draw_clips
from training.evaluation.days import Plan, measure_days
from training.evaluation.drawn import groups_of, load_drawn
from training.evaluation.errors import CropsError, NetworkError
from training.evaluation.evaluate import add_to_card, evaluate
from training.evaluation.measure import Precision
from training.evaluation.networks import (
    DEFAULT_NETWORK,
    RGB,
    IntegerScorer,
    Scorer,
    load_bundle,
    load_network,
    load_program,
)
from training.evaluation.published import Source, load_array, load_prepared
from training.evaluation.report import page
from training.evaluation.report_classes import class_page
from training.evaluation.shifts import SHIFTS
from training.evaluation.split import Split
from training.evaluation.watch import Watch, cut_for, load_or_draw

USAGE_ERROR = 2


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="./run evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_network_arguments(parser)
    parser.add_argument("--data", type=Path, default=Path("runs/data/test.npz"), help="drawn crops to measure on")
    parser.add_argument("--training-data", type=Path, default=Path("runs/data/train.npz"), help="to show who is new")
    parser.add_argument("--prepared", type=Path, help="folder of `./run train prepare`, instead of --data")
    parser.add_argument("--manifest", type=Path, help="a manifest of crops that you made yourself, instead of --data")
    parser.add_argument("--crops", type=Path, help=".npy, uint8 [N, H, W, C], a crop for each row of --manifest")
    parser.add_argument(
        "--accept-licence", action="append", default=[], metavar="NAME", help="of --manifest's pictures"
    )
    parser.add_argument("--split", default="test", help="train, validation or test, of --prepared or --manifest")
    parser.add_argument("--people", type=Path, help="CSV of who they are: subject, then columns such as age, sex")
    parser.add_argument("--frames-per-second", type=float, default=25.0, help="of the recordings")
    parser.add_argument("--watch-people", type=int, default=24, help="drawn people to watch for alarms; 0: none")
    parser.add_argument("--watch-minutes", type=float, default=5.0, help="each")
    parser.add_argument("--days", type=int, default=0, help="drawn days of each resident, through the ward's policy")
    parser.add_argument("--residents", type=int, default=12, help="drawn for --days")
    parser.add_argument("--sensitivity", type=float, default=0.9, help="part of painful episodes that --days wants")
    parser.add_argument("--draws", type=int, default=1000, help="redrawn sets of people for each interval")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("runs/evaluation"))
    parser.add_argument("--card", action="store_true", help="write the measures by group into the bundle's card")
    return parser


def add_network_arguments(parser: argparse.ArgumentParser) -> None:
    """What both evaluate and explain take."""
    parser.add_argument("--bundle", type=Path, help="a compiled bundle's directory")
    parser.add_argument("--weights", type=Path, help="a float network's state dict: .safetensors or .pt")
    parser.add_argument("--network", default=DEFAULT_NETWORK, help="of --weights: package.module:factory, or a name")
    parser.add_argument("--input", type=int, nargs=3, default=list(RGB), metavar=("C", "H", "W"), help="of --weights")


def load_scorers(args: argparse.Namespace) -> tuple[Scorer, Scorer | None]:
    """The network to measure and, for a bundle, the float network beside it. Raises NetworkError."""
    if (args.bundle is None) == (args.weights is None):
        raise NetworkError("name a network: either --bundle DIR, or --weights FILE with --network")
    if args.bundle is None:
        return load_network(args.network, args.weights, tuple(args.input))[1], None
    return load_bundle(args.bundle), load_program(args.bundle)


def load_split(args: argparse.Namespace, crop: str, progress: Progress) -> Split:
    """What to measure on; crop: the network's. Raises CropsError."""
    source = Source(args.split, args.people, args.frames_per_second, tuple(args.accept_licence))
    if args.prepared is not None:
        return load_prepared(args.prepared, source)
    if args.manifest is not None:
        if args.crops is None:
            raise CropsError("--manifest needs --crops")
        return load_array(args.manifest, args.crops, source)
    split = load_drawn(args.data, args.training_data)
    if args.watch_people == 0:
        return split
    watch = Watch(args.watch_people, args.watch_minutes, cut_for(crop))
    stills = load_or_draw(watch, args.data.parent, args.threads, counter(progress, "drawing people", watch.people))
    return replace(split, watch=stills, watch_note=watch.note)


def days(args: argparse.Namespace, scorer: Scorer, progress: Progress) -> dict[str, Any] | None:
    """Of drawn residents, where they are asked for. Raises CropsError, NetworkError: no levels that a ward knows."""
    if args.days == 0:
        return None
    plan, bank = Plan(args.days, args.sensitivity, args.seed), Bank(args.residents, cut_for(scorer.crop))
    clips = load_or_draw_clips(
        bank, args.data.parent, args.threads, counter(progress, "drawing residents", bank.people)
    )
    answers = scorer.score(clips.cut(scorer.crop), counter(progress, "scoring residents", len(clips)))
    if answers.scores.shape[1] != len(POLICY_LEVELS):
        raise NetworkError(f"--days needs {len(POLICY_LEVELS)} levels, as the ward's policy has")
    groups, report = groups_of(people(bank)), counter(progress, "living through days", len(SHIFTS))
    return measure_days(clips, answers, groups, plan, Thresholds(), report)


def run(args: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Measure and write. Raises EvaluationError."""
    torch.set_num_threads(args.threads)
    scorer, floats = load_scorers(args)
    if args.card and not isinstance(scorer, IntegerScorer):
        raise NetworkError("--card needs --bundle: a network's weights have no card")
    with bars(console) as progress:
        split = load_split(args, scorer.crop, progress)
        result = evaluate(split, scorer, floats, Precision(args.draws, args.seed), progress)
        result["days"] = days(args, scorer, progress)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "report.json").write_text(json.dumps(result, indent=1) + "\n")
    (args.out / "report.html").write_text((page if split.ordered else class_page)(result))
    if args.card:
        add_to_card(args.bundle, result)
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """0, or 2 after one line on stderr that says what to do."""
    args, console = build_parser().parse_args(argv), Console()
    try:
        result = run(args, console)
    except (TrainingError, OSError) as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return USAGE_ERROR
    for name, found in result["stills"]["headlines"].items():
        around = f"  ({found['interval'][0]:.3f} to {found['interval'][1]:.3f})" if found["interval"] else ""
        console.print(f"{name:18} " + (f"{found['value']:.3f}" if found["value"] is not None else "-") + around)
    console.print(f"written to {args.out / 'report.html'}", soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
