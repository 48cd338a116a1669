"""Who asks share servers: a process with images and certificates, no weights; what each image took, or the video
that they are, as JSON."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from localsite.clocks import CpuClocks, peak_rss_mb, watched
from snni.multiparty.roles import Setting
from snni.multiparty.session.alive import kept_alive
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


def classify(session: AskingSession, video: np.ndarray[Any, np.dtype[np.uint8]], clocks: CpuClocks) -> dict[str, Any]:
    """The video's label, and what it took."""
    clocks.lap()
    prepared = session.prepare_video()
    ahead = clocks.lap()
    answer = session.run(video)
    _tell("inferred", index=0, of=1)
    return {
        "label": answer.results[0],
        "number": answer.number,
        "online_s": answer.seconds,
        "offline_s": prepared.seconds,
        "client_bytes": answer.bytes,
        "offline_cpu_s": ahead,
        "online_cpu_s": clocks.lap(),
    }


def main() -> None:
    """Entry point of the client's process."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("peers", "images", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--identity", type=Path, nargs=3, required=True, metavar=("CERTIFICATE", "KEY", "CA"))
    parser.add_argument("--client-ids", required=True)
    parser.add_argument("--plan-hash", required=True)
    parser.add_argument("--setting", type=Setting, required=True, help="which every server must be of")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--together", type=int, default=1)
    how.add_argument("--video", action="store_true", help="the images are the frames of one video, to be classified")
    parser.add_argument("--watch", type=watched, action="append", default=[], metavar="NAME=PID")
    options = parser.parse_args()
    started = time.perf_counter()
    context = client_context(Identity(*options.identity))
    servers = Neighbours(lambda: read_peers(options.peers, options.setting), context, options.client_ids)
    session = AskingSession.connect(servers, options.plan_hash, setting=options.setting)
    connected_s = time.perf_counter() - started
    clocks = CpuClocks("client", dict(options.watch))
    images = np.load(options.images)
    with kept_alive(session):
        what = (
            {"video": classify(session, images, clocks)}
            if options.video
            else {"images": score(session, images, options.together, clocks)}
        )
    report = what | {
        "connect_s": connected_s,
        "rss_client_mb": peak_rss_mb(),
        "modules": [name for name in ("torch", "safetensors", "cv2") if name in sys.modules],
    }
    options.out.write_text(json.dumps(report))
    session.close()


if __name__ == "__main__":
    main()
