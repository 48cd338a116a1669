"""`./run explain`: what in a face moves a network's answer.

    ./run explain --bundle models/squeezenet-synthetic
    ./run explain --weights runs/default/float.safetensors --network training.networks.squeezenet:SqueezeNet
    ./run explain --weights FILE --network dinov2_s

Draws people that no network was trained on, maps which places of their crops speak for pain (by covering them, and by
Grad-CAM), and moves one action unit at a time. A bundle's maps are of its float network (float.pt2), its answers to
action units those of its integers. Of DINOv2 also where its heads look, and its patches' principal components as
colours. Writes explain.html, explain.json and PNGs for each crop into --out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from training.commands.evaluate import USAGE_ERROR, add_network_arguments
from training.errors import TrainingError
from training.evaluation.errors import NetworkError
from training.evaluation.networks import load_bundle, load_network, load_program
from training.explain.maps import GRID
from training.explain.network import as_graph, exported
from training.explain.run import Explained, Settings
from training.explain.run import run as explain
from training.networks.dinov2 import Dinov2


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="./run explain", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_network_arguments(parser)
    parser.add_argument("--faces", type=int, default=3, help="drawn people whose crops are mapped, four crops each")
    parser.add_argument("--grid", type=int, default=GRID, help="squares across that are covered in turn")
    parser.add_argument("--crops", type=Path, help=".npy, uint8 [N, H, W, C]: map these instead")
    parser.add_argument("--show-faces", action="store_true", help="put faces of --crops into the report")
    parser.add_argument("--people", type=int, default=20, help="drawn people for action units; 0: none")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("runs/explain"))
    return parser


def load(args: argparse.Namespace) -> Explained:
    """The network to explain. Raises NetworkError."""
    if (args.bundle is None) == (args.weights is None):
        raise NetworkError("name a network: either --bundle DIR, or --weights FILE with --network")
    if args.weights is not None:
        module, scorer = load_network(args.network, args.weights, tuple(args.input))
        return Explained(scorer, exported(module, scorer.shape), module if isinstance(module, Dinov2) else None)
    program = load_program(args.bundle)
    if program is None:
        raise NetworkError(f"{args.bundle}: no float.pt2 to map; name the float network by --weights and --network")
    return Explained(load_bundle(args.bundle), as_graph(program.module))


def run(args: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Explain and write. Raises EvaluationError, InputError."""
    torch.set_num_threads(args.threads)
    settings = Settings(args.faces, args.grid, args.people, args.crops, args.show_faces)
    return explain(load(args), settings, args.out, console)


def main(argv: Sequence[str] | None = None) -> int:
    """0, or 2 after one line on stderr that says what to do."""
    args, console = build_parser().parse_args(argv), Console()
    try:
        result = run(args, console)
    except (TrainingError, OSError) as error:
        print(f"explain: {error}", file=sys.stderr)
        return USAGE_ERROR
    for unit in (result["units"] or {"units": []})["units"]:
        strongest = unit["steps"][-1]["change"]
        change = "  -  " if strongest is None else f"{strongest:+.2f}"
        console.print(f"{'ok ' if unit['passed'] else 'BAD'} {unit['words']:32} {change} levels")
    console.print(f"written to {args.out / 'explain.html'}", soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
