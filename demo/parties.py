"""Both parties of a secure inference on this machine: the edge's service, and a bare client, as two processes.

The client's process gets certificates, an address and images; it has neither the weights nor torch.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from demo.pki import Pki
from demo.service import Service
from services.bus.identities import spiffe
from snni.session.client import Session, Target
from snni.session.tls import Identity


def server(bundle: Path, directory: Path, pki: Pki, **settings: object) -> Service:
    """The edge's service on a free port, not yet started."""
    certificate, key, ca = pki.cert("snni_server")
    values = {"bundle": bundle.resolve(), "certificate": certificate, "key": key, "ca": ca} | settings
    return Service("snni_server", "services.snni_server.main", "SNNI_SERVER", values, directory)


def client(directory: Path, pki: Pki, port: int, plan_hash: str, arguments: tuple[str, ...]) -> Service:
    """A client that infers a .npy of images and writes JSON (``main`` below), not yet started."""
    certificate, key, ca = pki.cert("snni_client")
    common = ("--port", str(port), "--certificate", str(certificate), "--key", str(key), "--ca", str(ca))
    return Service("snni_infer", "demo.parties", "NONE", {}, directory, (*common, "--plan-hash", plan_hash, *arguments))


def _tell(event: str, **fields: object) -> None:
    print(json.dumps({"event": event, **fields}), file=sys.stderr, flush=True)


def infer(session: Session, images: np.ndarray[Any, np.dtype[np.uint8]], batch: int) -> list[dict[str, Any]]:
    """One record an image: outcome and costs."""
    records = []
    for index, image in enumerate(images):
        started = time.perf_counter()
        while session.ready == 0:
            session.advance(min(batch, len(images) - index))
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
                "layers": {name: asdict(cost) for name, cost in result.online.steps.items()},
            }
        )
        _tell("inferred", index=index, of=len(images), online_s=round(result.online.seconds, 3))
    return records


def peak_rss_mb() -> float:
    """Largest resident set of this program. Not getrusage's, which counts what the process was before its exec too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM:"))) / 1024


def main() -> None:
    """Entry point of the client's process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    for name in ("certificate", "key", "ca", "images", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--plan-hash", required=True)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--scores", action="store_true")
    parser.add_argument("--memory-limit", type=int, default=0, metavar="MB")
    options = parser.parse_args()
    if options.memory_limit:
        limit = options.memory_limit << 20
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    target = Target(
        host="127.0.0.1",
        port=options.port,
        server_id=spiffe("edge", "snni_server"),
        identity=Identity(options.certificate, options.key, options.ca),
        plan_hash=options.plan_hash,
        scores=options.scores,
    )
    started = time.perf_counter()
    session = Session.connect(target, lambda event, number: _tell(event, number=number))
    connected_s = time.perf_counter() - started
    records = infer(session, np.load(options.images), options.batch)
    report = {
        "connect_s": connected_s,
        "first_s": connected_s + records[0]["waited_s"] + records[0]["online_s"],
        "images": records,
        "offline_layers": {name: asdict(cost) for name, cost in session.offline.steps.items()},
        "rss_client_mb": peak_rss_mb(),
        "modules": [name for name in ("torch", "safetensors", "cv2") if name in sys.modules],
    }
    options.out.write_text(json.dumps(report))
    with suppress(OSError):
        session.close()


if __name__ == "__main__":
    main()
