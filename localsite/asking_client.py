"""Who asks three share servers: a process with images and certificates, no weights; what each image took as JSON."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from localsite.clocks import CpuClocks, peak_rss_mb, watched
from snni.multiparty.session.client import AskingSession
from snni.multiparty.session.parties import Neighbours
from snni.multiparty.session.peers_file import read_peers
from snni.session.tls import Identity, client_context


def _tell(event: str, **fields: object) -> None:
    print(json.dumps({"event": event, **fields}), file=sys.stderr, flush=True)


def score(
    session: AskingSession, images: np.ndarray[Any, np.dtype[np.uint8]], together: int, clocks: CpuClocks
) -> list[dict[str, Any]]:
    """One record an image; those that go together share what their run took, told for one image."""
    records: list[dict[str, Any]] = []
    for first in range(0, len(images), together):
        batch = images[first : first + together]
        clocks.lap()
        prepared = session.prepare(len(batch))
        ahead = {name: seconds / len(batch) for name, seconds in clocks.lap().items()}
        answer = session.run(batch)
        online = {name: seconds / len(batch) for name, seconds in clocks.lap().items()}
        records += [
            {
                "level": level,
                "together": len(batch),
                "online_s": answer.seconds / len(batch),
                "offline_s": prepared.seconds / len(batch),
                "online_bytes": answer.bytes // len(batch),
                "offline_cpu_s": ahead,
                "online_cpu_s": online,
            }
            for level in answer.results
        ]
        for index in range(first, first + len(batch)):
            _tell("inferred", index=index, of=len(images))
    return records


def main() -> None:
    """Entry point of the client's process."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("peers", "images", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--identity", type=Path, nargs=3, required=True, metavar=("CERTIFICATE", "KEY", "CA"))
    parser.add_argument("--client-ids", required=True)
    parser.add_argument("--plan-hash", required=True)
    parser.add_argument("--together", type=int, default=1)
    parser.add_argument("--watch", type=watched, action="append", default=[], metavar="NAME=PID")
    options = parser.parse_args()
    started = time.perf_counter()
    context = client_context(Identity(*options.identity))
    servers = Neighbours(lambda: read_peers(options.peers), context, options.client_ids)
    session = AskingSession.connect(servers, options.plan_hash)
    connected_s = time.perf_counter() - started
    clocks = CpuClocks("client", dict(options.watch))
    records = score(session, np.load(options.images), options.together, clocks)
    report = {
        "connect_s": connected_s,
        "images": records,
        "rss_client_mb": peak_rss_mb(),
        "modules": [name for name in ("torch", "safetensors", "cv2") if name in sys.modules],
    }
    options.out.write_text(json.dumps(report))
    session.close()


if __name__ == "__main__":
    main()
