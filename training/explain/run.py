"""A whole explanation: maps of crops, answers to action units, where a transformer looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from torch import fx

from training.data.inputs import fitted
from training.engine.progress import bars, counter
from training.evaluation.errors import EvaluationError
from training.evaluation.networks import Scorer
from training.explain.files import mean_map, write
from training.explain.maps import Map, Pixels, by_region, grad_cam, occlusion
from training.explain.patches import AttentionMaps
from training.explain.samples import drawn_samples, own_samples
from training.explain.transformer import transformer_cam
from training.explain.units import responses
from training.networks.dinov2 import Dinov2


@dataclass(frozen=True)
class Explained:
    """scorer: the network that answers. graph: its float form. transformer: the same where it is one."""

    scorer: Scorer
    graph: fx.GraphModule
    transformer: Dinov2 | None = None


@dataclass(frozen=True)
class Settings:
    """Attributes:
    faces: drawn people whose crops are mapped. grid: squares across that are covered in turn.
    crops: map these instead, a .npy; show_faces: put them into the report.
    people: drawn for action units; 0: none.
    """

    faces: int
    grid: int
    people: int
    crops: Path | None = None
    show_faces: bool = False


def draw_maps(
    network: Explained, pixels: Sequence[Pixels], grid: int, progress: Progress
) -> tuple[list[Map], list[Map]]:
    """By covering and by Grad-CAM, for each crop. Raises EvaluationError: a grid that does not fit."""
    if not 1 <= grid <= min(pixels[0].shape[1:]):
        raise EvaluationError(f"--grid {grid}: at least 1, and no finer than the pixels")
    report = counter(progress, "covering places", len(pixels) * grid * grid)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        report(done)

    covered = [occlusion(network.graph, one, grid, step) for one in pixels]
    if network.transformer is not None:
        return covered, [transformer_cam(network.transformer, one) for one in pixels]
    return covered, [grad_cam(network.graph, one) for one in pixels]


def run(network: Explained, settings: Settings, out: Path, console: Console) -> dict[str, Any]:
    """Explain and write; returns what explain.json says. Raises EvaluationError, InputError."""
    scorer = network.scorer
    with bars(console) as progress:
        samples = (
            own_samples(settings.crops)
            if settings.crops is not None
            else drawn_samples(settings.faces, counter(progress, "drawing faces", settings.faces), scorer.crop)
        )
        pixels = fitted(samples.images, scorer.shape)
        answers = scorer.score(samples.images, counter(progress, "scoring crops", len(pixels)))
        covered, cams = draw_maps(network, pixels, settings.grid, progress)
        moved = counter(progress, "moving units", settings.people)
        units = responses(scorer, settings.people, moved) if settings.people else None
        looks = AttentionMaps.of(network.transformer, pixels) if network.transformer is not None else None
    painful = answers.estimated > 0
    shown = samples.drawn or settings.show_faces
    result: dict[str, Any] = {
        "network": scorer.name,
        "drawn": samples.drawn,
        "crops": "drawn faces" if samples.drawn else str(settings.crops),
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
    write(out, result, samples, pixels, covered, cams, looks)
    return result
