"""One server on its core, and a client's process for every camera on the others: what comes of the frames offered."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from bench.pair.camera import REFILL_PERIODS
from bench.pair.confine import confined
from bench.pair.measure import Setting
from localsite import parties
from localsite.clocks import cpu_seconds
from localsite.pki import make_pki
from localsite.process import Process, ProcessError
from localsite.service import Service
from services.bus.identities import spiffe

FILL_S = 600.0  # longest wait for all pools to be full the first time
LEAD_S = 0.5  # between the word to go and the first frame
END_S = 60.0


@dataclass(frozen=True)
class Scene:
    """cameras: how many; each offers `frames` frames, one every period_s, and keeps `ahead` inferences ready."""

    cameras: int
    period_s: float
    frames: int
    ahead: int


class Crowd:
    """``run`` once."""

    def __init__(self, setting: Setting, scene: Scene, batch: int, root: Path) -> None:
        self._setting, self._scene, self._batch, self._root = setting, scene, batch, root
        self._pki = make_pki(root / "pki")
        shape = setting.plan.input_shape
        np.save(root / "images.npy", np.random.default_rng(1).integers(0, 256, (1, *shape), np.uint8))

    def run(self, console: Console) -> dict[str, Any]:
        """One row of the results. Raises ProcessError when a party fails."""
        with ExitStack() as stack:
            edge = self._edge()
            stack.callback(edge.stop)
            port = edge.start().ports()["snni"]
            cameras = [self._camera(number, port) for number in range(self._scene.cameras)]
            for camera in cameras:
                stack.callback(camera.stop)
                camera.start()
            with console.status(f"{len(cameras)} cameras: preparing") as status:
                _until(cameras, lambda camera: bool(camera.events()), FILL_S)
                before, began = cpu_seconds(edge.pid), time.monotonic()
                self._go()
                status.update(f"{len(cameras)} cameras: {self._scene.frames * self._scene.period_s:.0f} s of frames")
                whole_s = (self._scene.frames + REFILL_PERIODS) * self._scene.period_s
                _until(cameras, lambda camera: not camera.running, LEAD_S + whole_s + END_S)
                server_cpu_s, wall_s = cpu_seconds(edge.pid) - before, time.monotonic() - began
            edge.sample_memory()
            return self._row(self._reports(), server_cpu_s, wall_s, edge.peak_rss_mb)

    def _edge(self) -> Service:
        (self._root / "edge").mkdir()
        most = self._scene.ahead + self._batch
        settings = self._setting.server | {"max_sessions": self._scene.cameras, "max_prepared": most}
        settings |= {"max_batch": self._batch}
        place = parties.Place(confined(self._setting.cores.server))
        return parties.server(self._setting.bundle, self._root / "edge", self._pki, place, settings)

    def _camera(self, number: int, port: int) -> Process:
        """A device of its own: certificate, directory, place in the period."""
        directory, scene = self._root / f"camera-{number}", self._scene
        directory.mkdir()
        name, identity = f"snni_client_{number}", spiffe("room", "snni_client", str(number))
        self._pki.issue(name, "snni", identity, "client")
        arguments = {
            "--images": self._root / "images.npy",
            "--out": directory / "report.json",
            "--batch": self._batch,
            "--period": scene.period_s,
            "--offset": scene.period_s * number / scene.cameras,
            "--count": scene.frames,
            "--ahead": scene.ahead,
            "--go": self._root / "go",
        }
        words = tuple(str(word) for pair in arguments.items() for word in pair) + self._setting.client
        place = parties.Place(confined(self._others()))
        plan_hash = self._setting.plan.plan_hash
        return parties.client(directory, self._pki, port, plan_hash, words, place, name, "bench.pair.camera")

    def _others(self) -> tuple[int, ...]:
        """Every core that is not the server's, where there is one."""
        every = os.sched_getaffinity(0)
        return tuple(sorted(every - set(self._setting.cores.server) or every))

    def _go(self) -> None:
        fresh = self._root / "go.new"
        fresh.write_text(str(time.monotonic() + LEAD_S))
        fresh.rename(self._root / "go")

    def _reports(self) -> list[dict[str, Any]]:
        paths = [self._root / f"camera-{number}" / "report.json" for number in range(self._scene.cameras)]
        return [json.loads(path.read_text()) for path in paths]

    def _row(self, reports: list[dict[str, Any]], cpu_s: float, wall_s: float, rss_mb: float) -> dict[str, Any]:
        frames = [frame for report in reports for frame in report["frames"]]
        done = [frame for frame in frames if not frame["missed"]]
        return {
            "cameras": self._scene.cameras,
            "offered": len(frames),
            "completed": len(done),
            "prepared": sum(report["made"]["nonlinear"] for report in reports),
            "latency_s": percentiles([frame["latency_s"] for frame in done]),
            "online_s": percentiles([frame["online_s"] for frame in done]),
            "server_cpu_s": round(cpu_s, 3),
            "server_core_share": round(cpu_s / wall_s, 4),
            "client_cpu_s": round(sum(report["cpu_s"] for report in reports), 3),
            "client_cores": len(self._others()),
            "wall_s": round(wall_s, 2),
            "server_peak_mb": round(rss_mb, 1),
            "client_peak_mb": round(max(report["rss_mb"] for report in reports), 1),
        }


def percentiles(values: list[float]) -> dict[str, float | None]:
    """Nearest rank."""
    ordered = sorted(values)
    marks = {"p50": 0.5, "p95": 0.95, "max": 1.0}
    return {
        name: round(ordered[min(len(ordered) - 1, int(mark * len(ordered)))], 4) if ordered else None
        for name, mark in marks.items()
    }


def _until(cameras: list[Process], met: Callable[[Process], bool], timeout_s: float) -> None:
    """Raises ProcessError when a camera fails or time is up."""
    end = time.monotonic() + timeout_s
    while not all(met(camera) for camera in cameras):
        for camera in cameras:
            if camera.exit_code:
                raise ProcessError(f"a camera failed\n{camera.log_end()}")
        if time.monotonic() > end:
            raise ProcessError(f"the cameras took longer than {timeout_s:.0f} s")
        time.sleep(0.05)
