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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import Progress
from torch import fx

from training.evaluation.errors import EvaluationError, NetworkError
from training.evaluation.main import COLUMNS, USAGE_ERROR, add_network_arguments, bar
from training.evaluation.networks import Scorer, fitted, load_bundle, load_network, load_program
from training.explain.files import mean_map, write
from training.explain.maps import GRID, Map, Pixels, by_region, grad_cam, occlusion
from training.explain.network import as_graph, exported
from training.explain.patches import Looks
from training.explain.samples import drawn_samples, own_samples
from training.explain.transformer import transformer_cam
from training.explain.units import responses
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


@dataclass(frozen=True)
class Explained:
    """scorer: the network that answers. graph: its float form. transformer: the same where it is one."""

    scorer: Scorer
    graph: fx.GraphModule
    transformer: Dinov2 | None = None


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


def draw_maps(
    network: Explained, pixels: Sequence[Pixels], grid: int, progress: Progress
) -> tuple[list[Map], list[Map]]:
    """By covering and by Grad-CAM, for each crop. Raises EvaluationError: a grid that does not fit."""
    if not 1 <= grid <= min(pixels[0].shape[1:]):
        raise EvaluationError(f"--grid {grid}: at least 1, and no finer than the pixels")
    report = bar(progress, "covering places", len(pixels) * grid * grid)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        report(done)

    covered = [occlusion(network.graph, one, grid, step) for one in pixels]
    if network.transformer is not None:
        return covered, [transformer_cam(network.transformer, one) for one in pixels]
    return covered, [grad_cam(network.graph, one) for one in pixels]


def run(args: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Explain and write. Raises EvaluationError."""
    torch.set_num_threads(args.threads)
    network = load(args)
    scorer = network.scorer
    with Progress(*COLUMNS, console=console, transient=True) as progress:
        samples = (
            own_samples(args.crops)
            if args.crops is not None
            else drawn_samples(args.faces, bar(progress, "drawing faces", args.faces))
        )
        pixels = fitted(samples.images, scorer.shape)
        answers = scorer.score(samples.images, bar(progress, "scoring crops", len(pixels)))
        covered, cams = draw_maps(network, pixels, args.grid, progress)
        units = responses(scorer, args.people, bar(progress, "moving units", args.people)) if args.people else None
        looks = Looks.of(network.transformer, pixels) if network.transformer is not None else None
    painful = answers.estimated > 0
    shown = samples.drawn or args.show_faces
    result: dict[str, Any] = {
        "network": scorer.name,
        "drawn": samples.drawn,
        "crops": "drawn faces" if samples.drawn else str(args.crops),
        "faces_shown": shown,
        "units": units,
        "transformer": looks.as_json() if looks is not None else None,
        "regions": {"occlusion": by_region(mean_map(covered, painful)), "grad_cam": by_region(mean_map(cams, painful))},
        "maps": [
            {
                "name": name,
                "estimated": int(level),
                "occlusion": one.round(5).tolist(),
                "grad_cam_regions": by_region(cam),
            }
            for name, level, one, cam in zip(samples.names, answers.estimated, covered, cams, strict=True)
        ],
    }
    write(args.out, result, samples, pixels, covered, cams, looks)
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """0, or 2 after one line on stderr that says what to do."""
    args, console = build_parser().parse_args(argv), Console()
    try:
        result = run(args, console)
    except (EvaluationError, OSError) as error:
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
