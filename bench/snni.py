"""Secure inference on this machine, two processes over TLS on loopback: seconds, bytes, flights and memory as JSON.

Runs twice: one image at a time (batch 1), and with the linear phase shared by a batch (amortised). "offline" is work
ahead of an image, "online" is what its pixels wait for. Figures are medians over the frames; machines are shared, so
compare figures of one run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from demo import parties
from demo.infer import watch
from demo.pki import make_pki
from demo.servers import ServerError
from snni.errors import SnniError
from snni.plan import Plan

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = {"squeezenet": ROOT / "models" / "squeezenet-synthetic"}
UNTRAINED = ("resnet18", "resnet50", "convnet48", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large")
FIELDS = ("online_s", "offline_s", "online_bytes", "offline_bytes", "flights", "stored_bytes")


def machine() -> dict[str, Any]:
    """Where the figures come from."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, cwd=ROOT, check=False)
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "commit": commit.stdout.strip() or "unknown",
        "link": "loopback",
        "load_before": os.getloadavg()[0],
    }


def bundle_of(model: str) -> Path:
    """The shipped bundle, or an untrained one of the network of that name, made on first use (training/networks)."""
    if model in SHIPPED:
        return SHIPPED[model]
    from training.networks import untrained

    return untrained.cached(model, classes=4)


def measure(bundle: Path, frames: int, batch: int, memory_limit_mb: int, console: Console) -> dict[str, Any]:
    """One pair of processes, `frames` images. Raises ServerError when a party fails."""
    plan = Plan.load(bundle / "plan.json")
    images = np.random.default_rng(1).integers(0, 256, (frames, *plan.input_shape), np.uint8)
    with tempfile.TemporaryDirectory(prefix="veilward-bench-") as name:
        root = Path(name)
        pki = make_pki(root / "pki")
        for party in ("edge", "room"):
            (root / party).mkdir()
        np.save(root / "room" / "images.npy", images)
        edge = parties.server(bundle, root / "edge", pki, max_batch=max(batch, 1)).start()
        report = root / "room" / "report.json"
        arguments = ["--images", str(root / "room" / "images.npy"), "--out", str(report), "--batch", str(batch)]
        arguments += ["--memory-limit", str(memory_limit_mb)] * bool(memory_limit_mb)
        room = parties.client(root / "room", pki, edge.ports()["snni"], plan.plan_hash, tuple(arguments))
        try:
            room.start()
            watch(room, frames, console)
            if room.wait(60):
                raise ServerError(f"the client failed\n{room.log.read_text()[-2000:]}")
            edge.sample_memory()
            stored = [line for line in edge.metrics().splitlines() if line.startswith("veilward_snni_server_stored")]
            found: dict[str, Any] = json.loads(report.read_text())
        finally:
            room.stop()
            edge.stop()
    server_stored = int(float(stored[-1].split()[-1])) if stored else 0
    return summary(found) | {"batch": batch, "rss_server_mb": edge.peak_rss_mb, "stored_bytes_server": server_stored}


def summary(report: dict[str, Any]) -> dict[str, Any]:
    """Medians over the images, and per layer."""
    images = report["images"]
    layers = {
        name: {
            "online_s": statistics.median(image["layers"][name]["seconds"] for image in images),
            "online_bytes": images[0]["layers"][name]["sent"] + images[0]["layers"][name]["received"],
            "flights": images[0]["layers"][name]["flights"],
        }
        for name in images[0]["layers"]
    }
    offline = {
        name: {
            "offline_s": cost["seconds"] / len(images),
            "offline_bytes": (cost["sent"] + cost["received"]) // len(images),
        }
        for name, cost in report["offline_layers"].items()
    }
    medians = {field: statistics.median(image[field] for image in images) for field in FIELDS}
    return medians | {
        "frames": len(images),
        "first_inference_s": report["first_s"],
        "rss_client_mb": report["rss_client_mb"],
        "layers": layers,
        "offline_layers": offline,
    }


def main() -> int:
    """0, or 2 after one line that says what went wrong."""
    parser = argparse.ArgumentParser(prog="./run bench snni", description=__doc__)
    parser.add_argument("--model", choices=sorted((*SHIPPED, *UNTRAINED)), default="squeezenet")
    parser.add_argument("--bundle", type=Path, help="a bundle directory instead of a model's name")
    parser.add_argument("--frames", type=int, default=5)
    parser.add_argument(
        "--batch", type=int, default=4, choices=range(2, 33), metavar="2..32", help="frames prepared together"
    )
    parser.add_argument("--memory-limit", type=int, default=0, metavar="MB", help="RLIMIT_DATA of the client")
    parser.add_argument("--json", type=Path, required=True)
    options = parser.parse_args()
    console = Console(stderr=True)
    try:
        bundle = options.bundle or bundle_of(options.model)
        result = {"machine": machine(), "model": str(bundle.name)}
        for name, batch in (("batch_1", 1), ("amortised", options.batch)):
            console.print(f"{name}: {options.frames} frames, batch {batch}")
            result[name] = measure(bundle, options.frames, batch, options.memory_limit, console)
            keys = ("online_s", "offline_s", "online_bytes", "offline_bytes", "rss_client_mb", "rss_server_mb")
            console.print({key: round(result[name][key], 3) for key in keys})
        options.json.write_text(json.dumps(result, indent=1))
    except (SnniError, ServerError, OSError) as error:
        console.print(f"bench snni: {error}", style="red", markup=False, soft_wrap=True)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
