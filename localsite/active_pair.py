"""Both active parties as processes on this machine, over TLS, and what a run of theirs took."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from localsite.pki import make_pki
from localsite.process import Process, ProcessError, python
from localsite.progress import watch_inferences
from localsite.video_phases import in_seconds, phases
from services.bus.identities import spiffe
from snni.model.plan import Plan
from snni.twoparty.active.network import check_plan
from snni.twoparty.active.video import check_video

SETTING = "two active parties"
END_S = 60.0


def _run(
    bundle: Path, plan: Plan, images: NDArray[np.uint8], selection: NDArray[np.int8] | None, console: Console
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the client's report, the server's). Raises ProcessError: a party failed."""
    with tempfile.TemporaryDirectory(prefix="veilward-active-") as name:
        root = Path(name)
        pki = make_pki(root / "pki")
        np.save(root / "images.npy", images)

        def party(own: str, peer: str, *arguments: str) -> Process:
            identity = ("--identity", *(str(file) for file in pki.cert(own)), "--peer", peer)
            command = python("localsite.active_party", *identity, "--out", str(root / f"{own}.json"), *arguments)
            return Process(own, command, root / f"{own}.log", {"PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"})

        served, asked = ["--bundle", str(bundle.resolve())], ["--images", str(root / "images.npy")]
        if selection is not None:
            np.save(root / "selection.npy", selection)
            served += ["--selection", str(root / "selection.npy")]
            asked.append("--video")
        edge = party("snni_server", spiffe("room", "snni_client", ""), *served)
        with edge:
            port = edge.wait_for("port", lambda: next((e["port"] for e in edge.events() if "port" in e), None))
            asked += ["--port", str(port), "--plan-hash", plan.plan_hash]
            with party("snni_client", spiffe("edge", "snni_server"), *asked) as room:
                watch_inferences(room, len(images) if selection is None else 1, console)
                if room.wait(END_S):
                    raise ProcessError(f"the client failed\n{room.log_end()}\n{edge.log_end()}")
            if edge.wait(END_S):
                raise ProcessError(f"the server failed\n{edge.log_end()}")
        mine, theirs = (json.loads((root / f"{own}.json").read_text()) for own in ("snni_client", "snni_server"))
        return mine, theirs


def among_two(bundle: Path, plan: Plan, images: NDArray[np.uint8], console: Console) -> dict[str, Any]:
    """One record an image, as other modes give them; all work is online. Raises ParameterError: the plan is too large
    or has a step that is not computed; ProcessError: a party failed."""
    check_plan(plan)
    mine, theirs = _run(bundle, plan, images, None, console)
    count = len(images)
    record = {"online_s": mine["seconds"], "online_bytes": (mine["sent"] + mine["received"]) // count}
    record |= {"offline_s": 0.0, "offline_bytes": 0, "flights": mine["flights"] // count}
    return {
        "setting": SETTING,
        "images": [{"level": level, **record} for level in mine["levels"]],
        "rss_servers_mb": {"server": theirs["rss_mb"]},
        "rss_client_mb": mine["rss_mb"],
        "modules": mine["modules"],
    }


def classified(
    bundle: Path, plan: Plan, video: NDArray[np.uint8], selection: NDArray[np.int8], console: Console
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the client's report, PPVC's table of one video), as the other modes' are; all work but set-up is online.

    Raises as ``among_two``.
    """
    check_video(plan, *selection.shape[::-1])
    mine, theirs = _run(bundle, plan, video, selection, console)
    times = mine["times"]
    taken = phases(times, ("set_up", "selected", "scored", "labelled"))
    report = {
        "video": {"label": mine["levels"][0]},
        "rss_servers_mb": {"server": theirs["rss_mb"]},
        "rss_client_mb": mine["rss_mb"],
        "modules": mine["modules"],
    }
    table = {
        "seconds": in_seconds(taken, len(selection), times["labelled"] - times["set_up"], times["set_up"]),
        "bytes": {"client": mine["sent"], "server": mine["received"]},
        "rounds": {"all": mine["flights"]},
    }
    return report, table
