"""How many cameras one core of the edge serves, at one keyframe every few seconds each: as JSON.

The real snni_server on one core; a client's whole session over TLS for every camera, on the other cores. First one
camera alone, phase by phase: what an inference costs the server. Then for each number of cameras, frames offered at
their moments: how many came to a level, how late, and the server's CPU. Clients work about as much as the server, and
share what cores are left: where they run out first, the server's own limit is its CPU seconds a frame, extrapolated.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.machine import commit, machine
from bench.outcome import written
from bench.pair import models
from bench.pair.choices import COMPARISON_NAMES, OTS, party_options
from bench.pair.confine import cores
from bench.pair.crowd import Crowd, Scene
from bench.pair.measure import Setting, measure
from localsite.links.link import LINKS
from localsite.links.path import Route
from localsite.ranges import positive, whole
from localsite.result_file import result_file
from snni.model.plan import Plan

ALONE_FRAMES = 3


def counts(text: str) -> list[int]:
    """Numbers of cameras, 1 to 64 each. Raises argparse.ArgumentTypeError."""
    found = [int(part) if part.isdecimal() else 0 for part in text.split(",")]
    if not all(1 <= one <= 64 for one in found):
        raise argparse.ArgumentTypeError(f"{text}: numbers from 1 to 64, with commas between")
    return found


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="./run bench capacity", description=__doc__)
    which = made.add_mutually_exclusive_group()
    which.add_argument("--model", choices=models.NAMES, default="expression", help=models.HELP)
    which.add_argument("--bundle", type=Path, help="a bundle directory instead of a model's name")
    made.add_argument(
        "--comparison", choices=COMPARISON_NAMES, default=COMPARISON_NAMES[0], help="how signs are compared"
    )
    made.add_argument("--ot", choices=OTS, default=OTS[0], help="which oblivious transfer extension")
    made.add_argument("--cameras", type=counts, default=[1, 2, 4, 8], help="numbers of cameras, as 1,2,4,8")
    made.add_argument("--period", type=positive, default=5.0, metavar="S", help="seconds between a camera's keyframes")
    made.add_argument("--seconds", type=positive, default=60.0, metavar="S", help="how long each number is watched")
    made.add_argument("--ahead", type=whole(1), default=2, help="inferences that each camera keeps ready")
    made.add_argument("--batch", type=int, default=4, choices=range(1, 33), metavar="1..32", help="prepared together")
    made.add_argument("--json", type=result_file, required=True, help="where to write the results")
    return made


def alone(setting: Setting, batch: int, console: Console) -> dict[str, float]:
    """CPU seconds of the server for one inference, by phase, with one client and nothing at the same time."""
    with tempfile.TemporaryDirectory(prefix="veilward-link-") as name:
        way = Route(LINKS["loopback"], "auto", Path(name))
        found = measure(setting, way, max(ALONE_FRAMES, batch), batch, console)
    used = {phase: found[phase]["cpu_s"] for phase in ("online", "offline")}
    return {
        f"{phase}_{party}_cpu_s": round(cpu[party]["median"], 4)
        for phase, cpu in used.items()
        for party in ("server", "client")
    }


def extrapolated(cpu: dict[str, float], period_s: float) -> dict[str, Any]:
    """Cameras that one core of the server, and one of clients, has CPU for; the arithmetic in words."""
    server = cpu["online_server_cpu_s"] + cpu["offline_server_cpu_s"]
    client = cpu["online_client_cpu_s"] + cpu["offline_client_cpu_s"]
    return {
        "server_cpu_s_per_frame": round(server, 4),
        "cameras_per_server_core": round(period_s / server, 2),
        "cameras_per_client_core": round(period_s / client, 2),
        "arithmetic": f"{period_s:g} s / ({cpu['online_server_cpu_s']:.3f} s online + "
        f"{cpu['offline_server_cpu_s']:.3f} s offline) = {period_s / server:.2f} cameras a core",
    }


def each(row: dict[str, Any], cpu: dict[str, float]) -> float | None:
    """The server's CPU seconds a frame in a crowd: all of them, over frames' worth of work done.

    Where the cameras ask for more than is prepared, more frames come to a level than are prepared, out of the pools
    that were full at the start: online and offline work are weighed as one client alone needed them.
    """
    online, offline = cpu["online_server_cpu_s"], cpu["offline_server_cpu_s"]
    worth = (row["completed"] * online + row["prepared"] * offline) / (online + offline)
    return round(row["server_cpu_s"] / worth, 4) if worth else None


def results(options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Everything measured. Raises one of FAULTS."""
    bundle = options.bundle or models.bundle_of(options.model, console)
    given = cores(1)
    server, client = party_options(options.comparison, options.ot)
    setting = Setting(bundle, Plan.load(bundle / "plan.json"), given, 1, 0, server, client)
    report: dict[str, Any] = {
        "bench": "capacity",
        "machine": machine(),
        "commit": commit(),
        "model": options.bundle.name if options.bundle else options.model,
        "options": {name: value for name, value in vars(options).items() if name not in ("json", "bundle", "model")},
        "cores": asdict(given) | {"shared": given.shared},
        "alone": alone(setting, options.batch, console),
        "cameras": [],
    }
    report["extrapolated"] = extrapolated(report["alone"], options.period)
    for number in options.cameras:
        scene = Scene(number, options.period, max(1, round(options.seconds / options.period)), options.ahead)
        with tempfile.TemporaryDirectory(prefix="veilward-bench-") as name:
            row = Crowd(setting, scene, options.batch, Path(name)).run(console)
        row["server_cpu_s_per_frame"] = each(row, report["alone"])
        report["cameras"].append(told(row, console))
    return report


def told(row: dict[str, Any], console: Console) -> dict[str, Any]:
    """The row, after a line about it."""
    latency = row["latency_s"]
    console.print(
        f"{row['cameras']} cameras: {row['completed']} of {row['offered']} frames; latency p50 {latency['p50']} s, p95 "
        f"{latency['p95']} s; server {row['server_cpu_s_per_frame']} CPU s a frame, "
        f"{100 * row['server_core_share']:.0f} % of its core",
        markup=False,
        soft_wrap=True,
    )
    return row


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 2 after one line that says what went wrong."""
    options = parser().parse_args(arguments)
    console, began = Console(stderr=True), time.monotonic()
    if written("capacity", options.json, console, lambda: results(options, console)) is None:
        return 2
    console.print(f"{time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
