"""Bundles for measuring: networks with drawn weights, calibrated on drawn faces. They tell nothing about a face.

    python -m training.untrained.bundle resnet50 --out DIR [--seed 0] [--classes 4] [--pool average]

Their cost is that of trained ones of the same shape, but for a bit here and there of rings and windows.
"""

from __future__ import annotations

import argparse
import hashlib
import inspect
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console

from snni.compile import compile_network
from snni.compile.__main__ import cost_table
from snni.compile.float_network import save_float
from snni.errors import SnniError
from snni.model.bundle import Bundle
from snni.model.step_cost import total_cost
from snni.twoparty.suite import TWO_PARTY
from training.networks.registry import COMPILED, NETWORKS
from training.untrained.network import drawn_faces, drawn_network

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "runs" / "models"
SOURCES = ("training/networks", "training/synth", "snni/compile", "snni/model")
FIRST_LINE = "Untrained: drawn weights, for measurement only. It recognises nothing."
CALIBRATED = 8


def make(name: str, out: Path, seed: int = 0, **options: object) -> Bundle:
    """Draw, calibrate, compile and save, the float network beside it. Raises SnniError, KeyError."""
    faces = drawn_faces(NETWORKS[name].input_shape)
    network = drawn_network(name, faces, seed, **options)
    compiled = compile_network(
        network, torch.from_numpy(faces[:: max(1, len(faces) // CALIBRATED)]), f"untrained.{name}"
    )
    card = "\n".join(
        [FIRST_LINE, "", f"- {NETWORKS[name].about}", f"- seed {seed}, {json.dumps(options, sort_keys=True)}", ""]
    )
    bundle = replace(compiled.bundle, card=card + "\n" + compiled.bundle.card)
    bundle.save(out)
    save_float(network, bundle.plan.input_shape, out)
    Console().print(cost_table(compiled, TWO_PARTY))
    return bundle


def cached(name: str, seed: int = 0, **options: object) -> Path:
    """A bundle under runs/models, made if there is none from this code, seed and these options."""
    directory = CACHE / f"{name}-{_digest(name, seed, options)}"
    if not (directory / "plan.json").exists():
        make(name, directory, seed, **options)
    return directory


def _digest(name: str, seed: int, options: dict[str, object]) -> str:
    """Of everything a bundle is made from: 16 hexadecimal digits."""
    digest = hashlib.sha256(json.dumps([name, seed, options, torch.__version__], sort_keys=True).encode())
    for source in SOURCES:
        path = ROOT / source
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(f"{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def main(argv: Sequence[str] | None = None) -> int:
    """0, or 2 after one line that says what to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=sorted(COMPILED))
    parser.add_argument("--out", type=Path, help="directory for the bundle; default: one under runs/models")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--classes", type=int, default=4)
    parser.add_argument("--pool", choices=("max", "average"), help="of networks that leave the choice")
    arguments = parser.parse_args(argv)
    torch.set_num_threads(1)
    options: dict[str, object] = {"classes": arguments.classes}
    if arguments.pool is not None:
        if "pool" not in inspect.signature(NETWORKS[arguments.name].factory).parameters:
            parser.error(f"{arguments.name} leaves no choice of pool")
        options["pool"] = arguments.pool
    try:
        if arguments.out is None:
            print(cached(arguments.name, arguments.seed, **options))
        else:
            total = total_cost(make(arguments.name, arguments.out, arguments.seed, **options).plan, TWO_PARTY)
            print(f"{arguments.out}: {total.online_bytes:,} bytes online in {total.flights} flights")
    except SnniError as error:
        print(f"untrained: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
