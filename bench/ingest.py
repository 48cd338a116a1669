"""CPU that ingest spends per camera, as JSON.

    python -m bench.ingest --cameras 2 --seconds 20 --codec VP8 --fps 15

Starts a NATS pair, the ingest process and that many virtual cameras (processes of their own), waits until every camera
is live, then reads the ingest process's CPU time over the given seconds of steady state.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from bench.machine import commit, cpu_name
from localsite.clocks import cpu_seconds
from localsite.nats_pair import start_pair
from localsite.pki import make_pki
from localsite.process import Process, python
from localsite.ranges import positive, whole
from localsite.service import Service
from localsite.site_file import write_site


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


def frames_of(ingest: Service) -> dict[str, float]:
    """Decoded frames by camera, from ingest's metrics."""
    start = 'veilward_ingest_frames_total{camera="'
    lines = ingest.metrics().splitlines()
    return {line[len(start) :].split('"')[0]: float(line.split()[-1]) for line in lines if line.startswith(start)}


def resident_bytes(pid: int) -> int:
    """What a process holds in memory now (/proc/<pid>/statm)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def start_camera(name: str, url: str, token: str, video: Path, directory: Path, options: argparse.Namespace) -> Process:
    """A virtual camera, playing again and again."""
    arguments = ["--whip-url", url, "--token", token, "--loop", "--video", str(video), "--fps", str(options.fps)]
    arguments += ["--ca", str(directory / "pki" / "web.pem"), "--codec", options.codec]
    return Process(name, python("localsite.cameras.aiortc_camera", *arguments), directory / f"{name}.log").start()


def measure(options: argparse.Namespace, directory: Path) -> dict[str, float]:
    """The measurement."""
    pki = make_pki(directory / "pki")
    video = moving_noise(directory / "video.mp4", 4.0, options.fps, options.width, options.height)
    site_file = directory / "site.yaml"
    tokens = write_site(site_file, [f"cam-{number}" for number in range(options.cameras)])
    with ExitStack() as stack:
        pair = stack.enter_context(start_pair(directory, pki))
        asyncio.run(pair.provision())
        cert, key, _ = pki.cert("ingest_web")
        settings = pair.connection("ingest") | {"site_file": site_file, "tls_cert": cert, "tls_key": key}
        settings |= {"process_without_consent": True}  # nobody is seen
        ingest = stack.enter_context(Service("ingest", settings, directory))
        port = ingest.ports()["whip"]
        for camera, token in tokens.items():
            url = f"https://localhost:{port}/whip/{camera}"
            stack.enter_context(start_camera(camera, url, token, video, directory, options))
        ingest.wait_for("live cameras", lambda: min(frames_of(ingest).values(), default=0) > options.fps or None)
        frames, spent, began = frames_of(ingest), cpu_seconds(ingest.pid), time.perf_counter()
        time.sleep(options.seconds)
        seconds, spent = time.perf_counter() - began, cpu_seconds(ingest.pid) - spent
        decoded = sum(frames_of(ingest).values()) - sum(frames.values())
        memory = resident_bytes(ingest.pid)
    return {
        "seconds": seconds,
        "cpu_s": spent,
        "core_share_per_camera": spent / seconds / options.cameras,
        "frames_per_s_per_camera": decoded / seconds / options.cameras,
        "resident_bytes": memory,
    }


def main() -> None:
    """Print the result as JSON."""
    parser = argparse.ArgumentParser(prog="./run bench ingest", description=__doc__)
    parser.add_argument("--cameras", type=whole(1), default=1)
    parser.add_argument("--seconds", type=positive, default=20.0)
    parser.add_argument("--codec", choices=("VP8", "H264"), default="VP8")
    parser.add_argument("--fps", type=whole(1), default=15)
    parser.add_argument("--width", type=whole(2), default=640)
    parser.add_argument("--height", type=whole(2), default=480)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        found = measure(options, Path(directory))
    where = {"commit": commit(), "cpu": cpu_name(), "cores": os.cpu_count()}
    print(json.dumps({"bench": "ingest", **where, "parameters": vars(options), **found}))


if __name__ == "__main__":
    main()
