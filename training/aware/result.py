"""The end of aware training: integers into a bundle, the float network beside it, and what both were measured at."""

from __future__ import annotations

import argparse
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
from training.aware.network import AwareNetwork
from training.aware.price import Variant, table_lines
from training.aware.start import Start
from training.aware.writeback import written_back
from training.model_card import Origin, statement
from training.tuning.loop import measured
from training.tuning.pictures import Parts
from training.tuning.run_folder import METRICS


@dataclass(frozen=True)
class Outcome:
    """aware: trained. quantised: what it was made of. module: the float network that was compiled."""

    aware: AwareNetwork
    quantised: Quantised
    module: nn.Module
    start: Start
    licences: tuple[str, ...]
    parts: Parts
    history: list[dict[str, Any]]


def finish(
    outcome: Outcome, images: Sequence[torch.Tensor], variants: list[Variant], args: argparse.Namespace
) -> dict[str, Any]:
    """Write the bundle, float.pt2 and metrics.json; adds the float network's row. Returns what metrics.json says.

    Raises:
        BundleError: a value leaves its window on a calibration image.
        TuningError: the float network cannot take the trained weights.
    """
    aware, start = outcome.aware, outcome.start
    module = written_back(aware, outcome.quantised, outcome.module)
    after = retrained(aware, outcome.quantised, images)
    compiled = assemble(after, aware.plan, aware.integer_weights(), module, images, start.classes)
    variants.append(Variant("float, of the integers", measured(module, outcome.parts.test, start.shape)))
    metrics = metrics_of(outcome, variants, args)
    drawn = start.drawn and outcome.parts.drawn
    facts = [f"made by: `./run train aware` from {start.about}", *table_lines(variants)]
    licences = outcome.licences if outcome.licences or drawn else None
    origin = Origin(str(start.structure), licences, drawn, metrics["data"], metrics, None, args.private, facts)
    bundle = replace(compiled.bundle, card=statement(origin) + compiled.bundle.card)
    save(bundle, module, args.out, metrics)
    return metrics


def retrained(aware: AwareNetwork, quantised: Quantised, images: Sequence[torch.Tensor]) -> Quantised:
    """The same scales and rings, the trained weights, and what their values are on the calibration images."""

    def trained(node: Node) -> Node:
        if node.op != "conv":
            return node
        weight, bias = (part.numpy() for part in aware.real_parameters(node.name))
        return replace(node, weight=weight, bias=bias)

    graph = quantised.lowered.graph.map(trained)
    return replace(quantised, lowered=Lowered(graph, quantised.lowered.accumulators), statistics=measure(graph, images))


def metrics_of(outcome: Outcome, variants: Sequence[Variant], args: argparse.Namespace) -> dict[str, Any]:
    """JSON values; the test's are those of the integers."""
    start, parts = outcome.start, outcome.parts
    said = ("epochs", "float_epochs", "pool", "prune", "soft", "batch", "rate", "headroom_bits", "ignored_bits")
    return {
        "network": start.structure.network,
        "structure": str(start.structure),
        "classes": list(start.classes),
        "licences": list(outcome.licences),
        "data": parts.about + ("; no photograph of anyone" if parts.drawn else ""),
        "recipe": {name: getattr(args, name) for name in said},
        "seed": args.seed,
        "from": start.about,
        "train_people": len(set(parts.train.subjects.tolist())),
        "train_crops": len(parts.train.levels),
        "test_people": len(set(parts.test.subjects.tolist())),
        "test": asdict(next(one.measured for one in variants if one.name == "int8, trained")),
        "variants": [asdict(one) for one in variants],
        "link": args.link,
        "history": outcome.history,
    }


def save(bundle: Bundle, module: nn.Module, out: Path, metrics: dict[str, Any]) -> None:
    """Whatever can fail is done before the first file of the bundle is there. Raises BundleError, OSError."""
    with tempfile.TemporaryDirectory(dir=out) as place:
        save_float(module, bundle.plan.input_shape, Path(place))
        (Path(place) / METRICS).write_text(json.dumps(metrics, indent=1) + "\n")
        bundle.save(out)
        for name in (FLOAT_FILE, METRICS):
            (Path(place) / name).replace(out / name)
