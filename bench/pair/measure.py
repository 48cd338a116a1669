"""One server and one client as processes, over a link, each on cores of its own: what their work takes."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from bench.pair import summary
from bench.pair.confine import Cores, confined, starved
from localsite import parties
from localsite.links.path import Route
from localsite.pki import make_pki
from localsite.process import Process, ProcessError
from localsite.progress import watch_inferences
from localsite.service import Service
from snni.model.plan import Plan

END_S = 60.0


@dataclass(frozen=True)
class Setting:
    """What every measurement of one invocation has in common. server, client: settings and arguments of the parties."""

    bundle: Path
    plan: Plan
    cores: Cores
    threads: int
    memory_mb: int
    server: dict[str, object]
    client: tuple[str, ...]


def measure(setting: Setting, route: Route, frames: int, batch: int, console: Console) -> dict[str, Any]:
    """`frames` images, `batch` of them sharing the linear phase. Raises ProcessError when a party fails."""
    with tempfile.TemporaryDirectory(prefix="veilward-bench-") as name:
        root = Path(name)
        pki = make_pki(root / "pki")
        for party in ("edge", "room"):
            (root / party).mkdir()
        images = np.random.default_rng(1).integers(0, 256, (frames, *setting.plan.input_shape), np.uint8)
        np.save(root / "room" / "images.npy", images)
        launcher = (*route.commands["server"], *confined(setting.cores.server, setting.memory_mb))
        place = parties.Place(launcher, setting.threads, route.server_host)
        began = time.perf_counter()
        settings = setting.server | {"max_batch": max(batch, 1)}
        edge = parties.server(setting.bundle, root / "edge", pki, place, settings)
        try:
            port = edge.start().ports()["snni"]
            serving_s = time.perf_counter() - began
            room = _client(setting, route, edge, port, root / "room", pki, batch)
            return _run(setting, room, edge, frames, batch, console) | {
                "server_start_s": round(serving_s, 3),
                "relay": route.hang_up(),
            }
        except ProcessError as error:
            raise _explained(setting, error, edge) from error
        finally:
            edge.stop()


def _client(setting: Setting, route: Route, edge: Service, port: int, directory: Path, pki: Any, batch: int) -> Process:
    host, port = route.to(port)
    launcher = (*route.commands["client"], *confined(setting.cores.client, setting.memory_mb))
    arguments = ["--images", str(directory / "images.npy"), "--out", str(directory / "report.json")]
    arguments += ["--batch", str(batch), "--watch", f"server={edge.pid}", *setting.client]
    if route.relay:
        arguments += ["--watch", f"relay={route.relay.pid}"]
    place = parties.Place(launcher, setting.threads, host)
    return parties.client(directory, pki, port, setting.plan.plan_hash, tuple(arguments), place)


def _run(setting: Setting, room: Process, edge: Service, frames: int, batch: int, console: Console) -> dict[str, Any]:
    spawned = time.perf_counter()
    try:
        room.start()
        watch_inferences(room, frames, console)
        if room.wait(END_S):
            raise _explained(setting, ProcessError(f"the client failed\n{room.log_end()}"), room)
        edge.sample_memory()
        server_stored = _stored(edge.metrics())
        report = json.loads((room.log.parent / "report.json").read_text())
    finally:
        room.stop()
    return {
        "batch": batch,
        "frames": frames,
        "online": summary.online(report["images"]),
        "offline": summary.offline(report["units"]),
        "ahead_of_a_level": summary.a_level(report["images"], report["units"]),
        "cold_start": {
            "client_start_s": round(report["began"] - spawned, 3),
            "connect_s": round(report["connect_s"], 3),
            "connect_cpu_s": report["connect_cpu_s"],
            "first_inference_s": round(report["first_s"], 3),
        },
        "memory": {
            "client_peak_mb": round(report["rss_client_mb"], 1),
            "server_peak_mb": round(edge.peak_rss_mb, 1),
            "client_stored_bytes": report["images"][0]["stored_bytes"],
            "server_stored_bytes": server_stored,
        },
        "layers": summary.layers(setting.plan, report["images"], report["offline_layers"]),
    }


def _stored(metrics: str) -> int | None:
    """Bytes of one prepared inference at the server; None where the session was over before the server looked."""
    found = [line.split()[-1] for line in metrics.splitlines() if line.startswith("veilward_snni_server_stored")]
    return int(float(found[-1])) or None if found else None


def _explained(setting: Setting, error: ProcessError, party: Process) -> ProcessError:
    """The same, or where a party ran out of what it was given, one that says so."""
    log = party.log.read_text() if party.log.exists() else ""
    if setting.memory_mb and starved(log, party.exit_code):
        who = "server" if party.name == "snni_server" else "client"
        return ProcessError(
            f"--memory-limit {setting.memory_mb}: not enough for the {who}; give more, or a smaller --batch"
        )
    return error
