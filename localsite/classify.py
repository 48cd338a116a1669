"""Classify a video by secure inference on this machine, as PPVC does (Pentyala, Dowsley, De Cock, ICML 2021): frames
selected obliviously, each through the network, their softmax summed, one label.

Among three servers or four, none learns the video, the network, which frames were looked at, or the label. Of two
parties the video's owner learns the label, the network's owner nothing. Writes the label beside what the integer
reference says of the same frames, and the table of PPVC: seconds of frame selection, of a single frame, of label
aggregation and of the whole video, and bytes by party. All processes share this machine's cores.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from localsite import active_pair, classify_two
from localsite.pki import make_pki
from localsite.process import ProcessError
from localsite.progress import watch_inferences
from localsite.result_file import result_file
from localsite.share_servers import ShareServers, asking
from localsite.video_crops import video_crops
from localsite.video_phases import in_seconds, phases, wait_for_end
from snni.errors import ParameterError, SnniError
from snni.model.bundle import Bundle
from snni.model.reference import Reference
from snni.model.video_label import LabelLaw, label
from snni.multiparty.plan_cost import video_cost, video_sent
from snni.multiparty.roles import Role, Setting, setting_of
from snni.multiparty.select import MAX_FRAMES, rows
from snni.multiparty.video_shape import VideoShape
from snni.twoparty.video.shape import VideoShape as TwoPartyVideoShape

USAGE_ERROR = 2
DRAWS = 16
"""Reference runs of the video that round by chance."""
END_S = 120.0


def secure(
    bundle: Bundle, video: NDArray[np.uint8], selection: NDArray[np.int8], setting: Setting, console: Console
) -> tuple[dict[str, Any], dict[str, float]]:
    """(the asking process's report, seconds by phase at the first evaluator). Raises ProcessError, SnniError."""
    with tempfile.TemporaryDirectory(prefix="veilward-classify-") as name:
        root = Path(name)
        pki = make_pki(root / "pki")
        np.save(root / "video.npy", video)
        with (
            ShareServers(bundle, root / "shares", pki, selection=selection, setting=setting) as servers,
            asking(servers, root, pki, bundle.plan.plan_hash, root / "video.npy", 0) as room,
        ):
            watch_inferences(room, 1, console)
            if room.wait(END_S):
                raise ProcessError(f"the client failed\n{room.log_end()}")
            times = wait_for_end(servers.services[Role.FIRST])
            memory = {role.value: process.sample_memory() for role, process in servers.services.items()}
        report: dict[str, Any] = json.loads((root / "report.json").read_text())
    return report | {"rss_servers_mb": memory}, phases(times)


def reference(bundle: Bundle, video: NDArray[np.uint8], selection: NDArray[np.int8]) -> dict[str, Any]:
    """The law's label of the same frames, rounded half up, and how often each comes of rounding by chance."""
    plan, network = bundle.plan, Reference(bundle.plan, bundle.weights)
    law = LabelLaw(plan.values[plan.scores].ring_bits, plan.levels, len(selection))
    frames = video[selection.argmax(axis=1)]
    plain = label(law, np.stack([network.run(frame).scores for frame in frames]))
    drawn = np.stack([network.draws(frame, DRAWS) for frame in frames], axis=1)
    counts = Counter(label(law, scores, np.random.default_rng(index)) for index, scores in enumerate(drawn))
    return {"label": plain, "drawn_labels": [counts[level] for level in range(plan.levels)]}


def table(report: dict[str, Any], taken: dict[str, float], shape: VideoShape, setting: Setting) -> dict[str, Any]:
    """PPVC's table of one video. Bytes are what each party sends, and what the room sends and receives."""
    run, cost = report["video"], video_cost(shape)
    return {
        "seconds": in_seconds(taken, shape.selected, run["online_s"], run["offline_s"]),
        "bytes": {
            "client": run["client_bytes"],
            **{role.value: sent.ahead + sent.online for role, sent in video_sent(shape, setting).items()},
            "by_phase": {
                name: {"dealt": one.dealt, "opened_each": one.opened}
                | ({"claimed": one.claimed} if setting.active else {})
                for name, one in cost.items()
            },
        },
        "rounds": {name: one.rounds for name, one in cost.items()},
        "cpu_s": {"ahead": run["offline_cpu_s"], "online": run["online_cpu_s"]},
    }


def classified(
    directory: Path,
    bundle: Bundle,
    video: NDArray[np.uint8],
    selection: NDArray[np.int8],
    setting: Setting | str,
    console: Console,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the asking process's report, its table). setting: of servers, or what two parties are. Raises as `secure`."""
    sizes = bundle.plan, len(video), len(selection)
    if setting == active_pair.SETTING:
        return active_pair.classified(directory, bundle.plan, video, selection, console)
    if not isinstance(setting, Setting):
        between = TwoPartyVideoShape(*sizes)
        report, taken = classify_two.secure(directory, bundle.plan, video, selection, console)
        return report, classify_two.table(report, taken, between)
    report, taken = secure(bundle, video, selection, setting, console)
    return report, table(report, taken, VideoShape(*sizes), setting)


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="./run classify", description=__doc__)
    made.add_argument("--bundle", type=Path, required=True, help="directory made by ./run compile")
    made.add_argument("--video", type=Path, required=True, help=f"a file of 1 to {MAX_FRAMES} frames with a face")
    made.add_argument("--parties", type=int, default=3, help="2 or 3 passive ones, or 2, 3 or 4 active ones")
    made.add_argument(
        "--active", action="store_true", help="any one of the servers, or either of two parties, may do anything"
    )
    made.add_argument("--selection", default="every 15th", help="'every 15th', 'all', or indices such as 0,15,30")
    made.add_argument("--json", type=result_file, required=True, help="where to write the results")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """0, or 2 after one line that says what to do."""
    options = parser().parse_args(argv)
    console = Console(stderr=True)
    try:
        setting = None if options.parties == 2 else setting_of(options.parties, options.active)
        bundle = Bundle.load(options.bundle)
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("looking for the face", total=None)
            video = video_crops(
                options.video, bundle.plan, MAX_FRAMES, lambda count: progress.update(task, completed=count)
            )
        selection = rows(options.selection, len(video))
        if len(selection) > LabelLaw.MOST_FRAMES:
            raise ParameterError(f"--selection: {len(selection)} frames; at most {LabelLaw.MOST_FRAMES} are looked at")
        which = active_pair.SETTING if setting is None and options.active else setting or classify_two.SETTING
        report, measured = classified(options.bundle, bundle, video, selection, which, console)
        result = {
            "setting": which if isinstance(which, str) else which.value,
            "frames": len(video),
            "selected": len(selection),
            "label": report["video"]["label"],
            "reference": reference(bundle, video, selection),
            **measured,
            "rss_mb": report["rss_servers_mb"] | {"client": report["rss_client_mb"]},
            "modules": report["modules"],
            "plan_hash": bundle.plan.plan_hash,
        }
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    except (SnniError, ProcessError, OSError) as error:
        console.print(f"classify: {error}", style="red", markup=False, soft_wrap=True)
        return USAGE_ERROR
    drawn, seconds = result["reference"]["drawn_labels"], result["seconds"]
    console.print(
        f"label {result['label']} of {len(selection)} of {len(video)} frames, reference {result['reference']['label']} "
        f"({drawn[result['label']]} of {DRAWS} drawn runs say {result['label']}); selection "
        f"{seconds['frame_selection']:.3f} s, a frame {seconds['single_frame']:.3f} s, label "
        f"{seconds['label_aggregation']:.3f} s, video {seconds['video']:.2f} s of which "
        f"{seconds['video_ahead']:.2f} s ahead",
        markup=False,
        soft_wrap=True,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
