"""A video classified between two parties as processes on this machine: the video's owner and the network's.

The video's owner is the client: it alone learns the label. The network's owner brings weights and selection, and learns
neither picture nor label. Both are the parties of `./run infer`, over TLS.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from localsite import parties
from localsite.pki import make_pki
from localsite.process import ProcessError
from localsite.progress import watch_inferences
from localsite.video_phases import in_seconds, phases, wait_for_end
from snni.model.plan import Plan
from snni.twoparty.video.shape import VideoShape

SETTING = "two passive parties"
END_S = 60.0


def secure(
    bundle: Path, plan: Plan, video: NDArray[np.uint8], selection: NDArray[np.int8], console: Console
) -> tuple[dict[str, Any], dict[str, float]]:
    """(the client's report, seconds by phase at the server). Raises ProcessError when a party fails."""
    with tempfile.TemporaryDirectory(prefix="veilward-classify-") as name:
        root = Path(name)
        pki = make_pki(root / "pki")
        for party in ("edge", "room"):
            (root / party).mkdir()
        np.save(root / "room" / "video.npy", video)
        np.save(root / "edge" / "selection.npy", selection)
        asked = {"selection": root / "edge" / "selection.npy", "max_batch": 16}
        edge = parties.server(bundle, root / "edge", pki, settings=asked).start()
        report = root / "room" / "report.json"
        files = ("--images", str(root / "room" / "video.npy"), "--out", str(report))
        watched = ("--watch", f"server={edge.pid}")
        room = parties.client(root / "room", pki, edge.ports()["snni"], plan.plan_hash, (*files, *watched, "--video"))
        try:
            room.start()
            watch_inferences(room, 1, console)
            if room.wait(END_S):
                raise ProcessError(f"the client failed\n{room.log_end()}")
            times = wait_for_end(edge)
            made: dict[str, Any] = json.loads(report.read_text())
            edge.sample_memory()
            return made | {"rss_servers_mb": {"server": edge.peak_rss_mb}}, phases(times)
        finally:
            room.stop()
            edge.stop()


def table(report: dict[str, Any], taken: dict[str, float], shape: VideoShape) -> dict[str, Any]:
    """PPVC's table of one video. Bytes are what each party sends, on all connections but the one that pings."""
    run = report["video"]
    online = {"selection": shape.selection_online, "network": shape.network_online, "label": shape.label_online}
    return {
        "seconds": in_seconds(taken, shape.selected, run["online_s"], run["offline_s"]),
        "bytes": {
            "client": sum(run["sent"].values()),
            "server": sum(run["received"].values()),
            "ahead": {"client": run["sent"]["ahead"], "server": run["received"]["ahead"]},
            "by_phase": {
                name: {"client": sent.from_client, "server": sent.from_server} for name, sent in online.items()
            },
        },
        "rounds": {name: sent.flights for name, sent in online.items()},
        "cpu_s": {"ahead": run["offline_cpu_s"], "online": run["online_cpu_s"]},
    }
