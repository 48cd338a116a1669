"""A bare client's process: secure inference of a .npy of images, or of the video that they are, with what each took, as
JSON.

It gets certificates, an address and images; it has neither the weights nor torch.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from localsite.clocks import CpuClocks, peak_rss_mb, watched
from localsite.parties import HERE
from services.bus.identities import spiffe
from snni.session.tls import Endpoint, Identity, client_context
from snni.twoparty.nonlinear.comparisons import COMPARISONS, DEFAULT, FLIGHT_BYTES
from snni.twoparty.session.client import Session, Target
from snni.twoparty.suite import TRANSFERS, suite_of
from snni.twoparty.threads import use_threads


def _tell(event: str, **fields: object) -> None:
    print(json.dumps({"event": event, **fields}), file=sys.stderr, flush=True)


def prepare(session: Session, batch: int, clocks: CpuClocks) -> dict[str, Any]:
    """One unit of work ahead of time, and what it took. frames: that it was for."""
    steps, started = session.offline, time.perf_counter()
    before = steps.total_bytes, steps.flights
    kind = session.advance(batch)
    return {
        "kind": kind,
        "frames": session.waiting if kind == "linear" else 1,
        "seconds": time.perf_counter() - started,
        "bytes": steps.total_bytes - before[0],
        "flights": steps.flights - before[1],
        "cpu_s": clocks.lap(),
    }


def infer(
    session: Session, images: np.ndarray[Any, np.dtype[np.uint8]], batch: int, clocks: CpuClocks
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(one record an image: outcome and costs; the units of work ahead of time, in order)."""
    records: list[dict[str, Any]] = []
    units: list[dict[str, Any]] = []
    for index, image in enumerate(images):
        started = time.perf_counter()
        while session.ready == 0:
            units.append(prepare(session, min(batch, len(images) - index), clocks))
        prepared = time.perf_counter()
        result = session.infer(image)
        records.append(
            {
                "level": result.outcome.level,
                "scores": None if result.outcome.scores is None else result.outcome.scores.tolist(),
                "correlation": result.number,
                "online_s": result.online.seconds,
                "offline_s": result.offline_s,
                "waited_s": prepared - started,
                "online_bytes": result.online.total_bytes,
                "offline_bytes": result.offline_bytes,
                "flights": result.online.flights,
                "stored_bytes": result.stored_bytes,
                "cpu_s": clocks.lap(),
                "layers": {name: asdict(cost) for name, cost in result.online.steps.items()},
            }
        )
        _tell("inferred", index=index, of=len(images), online_s=round(result.online.seconds, 3))
    return records, units


def classify(session: Session, video: np.ndarray[Any, np.dtype[np.uint8]], clocks: CpuClocks) -> dict[str, Any]:
    """The video's label, and what it took."""
    clocks.lap()
    session.advance()
    ahead = clocks.lap()
    result = session.infer(video)
    _tell("inferred", index=0, of=1)
    steps = {"ahead": session.offline.steps, "online": result.online.steps}
    return {
        "label": result.outcome.level,
        "number": result.number,
        "online_s": result.online.seconds,
        "offline_s": result.offline_s,
        "sent": {phase: sum(cost.sent for cost in costs.values()) for phase, costs in steps.items()},
        "received": {phase: sum(cost.received for cost in costs.values()) for phase, costs in steps.items()},
        "offline_cpu_s": ahead,
        "online_cpu_s": clocks.lap(),
        "layers": {name: asdict(cost) for name, cost in result.online.steps.items()},
    }


def dialling(parser: argparse.ArgumentParser) -> None:
    """The options by which a client's process is told whom to dial, and as whom."""
    parser.add_argument("--host", default=HERE.host)
    parser.add_argument("--port", type=int, required=True)
    for name in ("certificate", "key", "ca", "images", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--plan-hash", required=True)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--threads", type=int, default=1, help="that share the work ahead of time")
    parser.add_argument("--ot", choices=sorted(TRANSFERS), default="ferret", help="the oblivious transfers to ask for")
    parser.add_argument("--comparison", choices=tuple(COMPARISONS), default=DEFAULT, help="how to compare")
    parser.add_argument("--link", choices=tuple(FLIGHT_BYTES), default="loopback", help="what comparisons are made for")


def target(options: argparse.Namespace, *, scores: bool = False, video: bool = False) -> Target:
    """Whom the options name."""
    return Target(
        server=Endpoint(options.host, options.port, spiffe("edge", "snni_server")),
        context=client_context(Identity(options.certificate, options.key, options.ca)),
        plan_hash=options.plan_hash,
        scores=scores,
        suite=suite_of(options.ot, options.comparison, options.link),
        video=video,
    )


def main() -> None:
    """Entry point of the client's process."""
    parser = argparse.ArgumentParser(description=__doc__)
    dialling(parser)
    parser.add_argument("--scores", action="store_true")
    parser.add_argument("--video", action="store_true", help="the images are the frames of one video, to be classified")
    parser.add_argument("--watch", type=watched, action="append", default=[], metavar="NAME=PID")
    options = parser.parse_args()
    use_threads(options.threads)
    clocks = CpuClocks("client", dict(options.watch))
    started = time.perf_counter()
    asked = target(options, scores=options.scores, video=options.video)
    session = Session.connect(asked, lambda event, number: _tell(event, number=number))
    connected_s = time.perf_counter() - started
    setup_cpu_s = clocks.lap()
    images = np.load(options.images)
    if options.video:
        what: dict[str, Any] = {"video": classify(session, images, clocks)}
    else:
        records, units = infer(session, images, options.batch, clocks)
        first_s = connected_s + records[0]["waited_s"] + records[0]["online_s"]
        what = {"first_s": first_s, "units": units, "images": records}
    report = what | {
        "began": started,
        "connect_s": connected_s,
        "connect_cpu_s": setup_cpu_s,
        "offline_layers": {name: asdict(cost) for name, cost in session.offline.steps.items()},
        "rss_client_mb": peak_rss_mb(),
        "modules": [name for name in ("torch", "safetensors", "cv2") if name in sys.modules],
    }
    options.out.write_text(json.dumps(report))
    with suppress(OSError):
        session.close()


if __name__ == "__main__":
    main()
