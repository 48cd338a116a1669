"""The end of aware training: integers into a bundle, the float network beside it, and what both were measured at."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from snni.compile.calibrate import measure
from snni.compile.compiler import Quantised, assemble
from snni.compile.float_network import FLOAT_FILE, save_float
from snni.compile.graph import Node
from snni.compile.lower import Lowered
from snni.model.bundle import Bundle
from training.aware.float_network import FloatNetwork
from training.aware.network import AwareNetwork
from training.aware.settings import Settings
from training.aware.writeback import written_back
from training.cost.price import Variant, table_lines
from training.data.pictures import Parts
from training.runs.folder import METRICS
from training.runs.model_card import Origin, statement
from training.tuning.agreement import measured


@dataclass(frozen=True)
class Trained:
    """aware: trained. quantised: what it was made of. module: the float network that was compiled."""

    aware: AwareNetwork
    quantised: Quantised
    module: nn.Module
    start: FloatNetwork
    licences: tuple[str, ...]
    parts: Parts
    history: list[dict[str, Any]]


def finish(
    trained: Trained, images: Sequence[torch.Tensor], variants: list[Variant], settings: Settings, out: Path
) -> dict[str, Any]:
    """Write the bundle, float.pt2 and metrics.json; adds the float network's row. Returns what metrics.json says.

    Raises:
        BundleError: a value leaves its window on a calibration image.
        OptionError: the float network cannot take the trained weights.
    """
    aware, start = trained.aware, trained.start
    module = written_back(aware, trained.quantised, trained.module)
    after = _retrained(aware, trained.quantised, images)
    compiled = assemble(after, aware.plan, aware.integer_weights(), module, images, start.classes)
    variants.append(Variant("float, of the integers", measured(module, trained.parts.test, start.shape)))
    metrics = _metrics(trained, variants, settings)
    drawn = start.drawn and trained.parts.drawn
    facts = [f"made by: `./run train aware` from {start.about}", *table_lines(variants)]
    licences = trained.licences if trained.licences or drawn else None
    origin = Origin(str(start.structure), licences, drawn, metrics["data"], metrics, None, settings.private, facts)
    bundle = replace(compiled.bundle, card=statement(origin) + compiled.bundle.card)
    _save(bundle, module, out, metrics)
    return metrics


def _retrained(aware: AwareNetwork, quantised: Quantised, images: Sequence[torch.Tensor]) -> Quantised:
    """The same scales and rings, the trained weights, and what their values are on the calibration images."""

    def with_trained(node: Node) -> Node:
        if node.op != "conv":
            return node
        weight, bias = (part.numpy() for part in aware.real_parameters(node.name))
        return replace(node, weight=weight, bias=bias)

    graph = quantised.lowered.graph.map(with_trained)
    return replace(quantised, lowered=Lowered(graph, quantised.lowered.accumulators), statistics=measure(graph, images))


def _metrics(trained: Trained, variants: Sequence[Variant], settings: Settings) -> dict[str, Any]:
    """JSON values; the test's are those of the integers."""
    start, parts = trained.start, trained.parts
    said = ("epochs", "float_epochs", "pool", "prune", "soft", "batch", "rate", "headroom_bits", "ignored_bits")
    return {
        "network": start.structure.network,
        "structure": str(start.structure),
        "classes": list(start.classes),
        "licences": list(trained.licences),
        "data": parts.about + ("; no photograph of anyone" if parts.drawn else ""),
        "recipe": {name: getattr(settings, name) for name in said},
        "seed": settings.seed,
        **({"crop": start.crop} if start.crop else {}),
        "from": start.about,
        "train_people": len(set(parts.train.subjects.tolist())),
        "train_crops": len(parts.train.levels),
        "test_people": len(set(parts.test.subjects.tolist())),
        "test": asdict(next(one.measured for one in variants if one.name == "int8, trained")),
        "variants": [asdict(one) for one in variants],
        "link": settings.link,
        "history": trained.history,
    }


def _save(bundle: Bundle, module: nn.Module, out: Path, metrics: dict[str, Any]) -> None:
    """Whatever can fail is done before the first file of the bundle is there. Raises BundleError, OSError."""
    with tempfile.TemporaryDirectory(dir=out) as place:
        save_float(module, bundle.plan.input_shape, Path(place))
        (Path(place) / METRICS).write_text(json.dumps(metrics, indent=1) + "\n")
        bundle.save(out)
        for name in (FLOAT_FILE, METRICS):
            (Path(place) / name).replace(out / name)
