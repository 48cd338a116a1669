"""CPU that ingest spends per camera, as JSON.

    python -m bench.ingest --cameras 2 --seconds 20 --codec VP8 --fps 15

Starts a NATS pair, the ingest process and that many virtual cameras (processes of their own), waits until every camera
is live, then reads the ingest process's CPU time over the given seconds of steady state.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import platform
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import psutil
import yaml

from localsite.pki import Pki, make_pki
from localsite.servers import NatsServer, Process, start_hub, start_leaf
from services.bus.provision import BridgeSettings, provision
from services.runtime.ports import read_port_file

ROOT = Path(__file__).parents[1]
START_S = 60.0


def moving_noise(path: Path, seconds: float, fps: int, width: int, height: int) -> Path:
    """A video that is neither still nor noise: a soft random texture that drifts."""
    texture = np.random.default_rng(1).integers(60, 200, (height // 16, width // 16 * 2, 3), dtype=np.uint8)
    wide = texture.repeat(16, axis=0).repeat(16, axis=1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(int(seconds * fps)):
            left = number * 2 % width
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(wide[:, left : left + width]), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(frame.reformat(format="yuv420p")))
        container.mux(stream.encode())
    return path


def write_site(path: Path, count: int) -> dict[str, str]:
    """A site with `count` cameras; their tokens by id."""
    tokens = {f"cam-{number}": secrets.token_urlsafe(24) for number in range(count)}
    cameras = [
        {"id": one, "name": one, "token_sha256": hashlib.sha256(token.encode()).hexdigest()}
        for one, token in tokens.items()
    ]
    room = {"id": "room-1", "name": "Room", "cameras": cameras}
    path.write_text(yaml.safe_dump({"site": "bench", "wards": [{"id": "ward-1", "name": "Ward", "rooms": [room]}]}))
    return tokens


@contextlib.contextmanager
def servers(directory: Path, pki: Pki) -> Iterator[NatsServer]:
    """A hub and a leaf with the leaf's stream; the leaf."""
    hub = start_hub(directory / "hub", pki)
    try:
        leaf = start_leaf(directory / "leaf", pki, hub)
        try:
            cert, key, ca = pki.cert("bus_bridge")
            settings = BridgeSettings(nats_url=leaf.url, nats_ca=ca, nats_cert=cert, nats_key=key)
            asyncio.run(provision(settings))
            yield leaf
        finally:
            leaf.stop()
    finally:
        hub.stop()


@contextlib.contextmanager
def processes() -> Iterator[list[Process]]:
    """A list of processes that end with the block, the last started first."""
    started: list[Process] = []
    try:
        yield started
    finally:
        for one in reversed(started):
            one.stop()


def ingest_environment(directory: Path, pki: Pki, leaf: NatsServer) -> dict[str, str]:
    """What the ingest process needs."""
    (cert, key, ca), (web, web_key, _) = pki.cert("bus_ingest"), pki.cert("ingest_web")
    given: dict[str, object] = {"NATS_URL": leaf.url, "NATS_CA": ca, "NATS_CERT": cert, "NATS_KEY": key}
    given |= {"TLS_CERT": web, "TLS_KEY": web_key, "SITE_FILE": directory / "site.yaml"}
    given["PORT_FILE"] = directory / "ports.json"
    return {f"VEILWARD_INGEST_{name}": str(value) for name, value in given.items()}


def frames_of(port: int) -> dict[str, float]:
    """Decoded frames by camera, from ingest's metrics."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    start = 'veilward_ingest_frames_total{camera="'
    return {line[len(start) :].split('"')[0]: float(line.split()[-1]) for line in lines if line.startswith(start)}


def cpu_s(process: psutil.Process) -> float:
    """User and system seconds so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


def measure(options: argparse.Namespace, directory: Path) -> dict[str, object]:
    """The measurement."""
    pki = make_pki(directory / "pki")
    video = moving_noise(directory / "video.mp4", 4.0, options.fps, options.width, options.height)
    tokens = write_site(directory / "site.yaml", options.cameras)
    with servers(directory, pki) as leaf, processes() as started:
        os.environ.update(ingest_environment(directory, pki, leaf))
        ingest = Process("ingest", [sys.executable, "-m", "services.ingest.main"], directory / "ingest.log")
        started.append(ingest)
        ports = ingest.wait_for("ports", lambda: read_port_file(directory / "ports.json"), START_S)
        for camera, token in tokens.items():
            url = f"https://localhost:{ports['whip']}/whip/{camera}"
            command = [sys.executable, "-m", "demo.camera", "--whip-url", url, "--token", token, "--loop"]
            command += ["--video", str(video), "--ca", str(pki.ca("web")), "--fps", str(options.fps)]
            started.append(Process(camera, [*command, "--codec", options.codec], directory / f"{camera}.log"))
        ingest.wait_for("live cameras", lambda: min(frames_of(ports["health"]).values()) > options.fps or None, START_S)
        watched = psutil.Process(ingest.pid)
        frames, spent, began = frames_of(ports["health"]), cpu_s(watched), time.perf_counter()
        time.sleep(options.seconds)
        seconds, spent = time.perf_counter() - began, cpu_s(watched) - spent
        decoded = sum(frames_of(ports["health"]).values()) - sum(frames.values())
        memory = watched.memory_info().rss
    return {
        "seconds": seconds,
        "cpu_s": spent,
        "core_share_per_camera": spent / seconds / options.cameras,
        "frames_per_s_per_camera": decoded / seconds / options.cameras,
        "resident_bytes": memory,
    }


def main() -> None:
    """Print the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cameras", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--codec", choices=("VP8", "H264"), default="VP8")
    parser.add_argument("--fps", type=int, default=15)
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--height", type=int, default=480)
    options = parser.parse_args()
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    with tempfile.TemporaryDirectory() as directory:
        found = measure(options, Path(directory))
    machine = {"commit": commit.stdout.strip(), "cpu": platform.processor() or platform.machine()}
    print(json.dumps({"bench": "ingest", **machine, "cores": os.cpu_count(), "parameters": vars(options), **found}))


if __name__ == "__main__":
    main()
