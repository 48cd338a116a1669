"""A video classified as PPVC does it, in every mode that can, as JSON: seconds of frame selection, of a frame, of label
aggregation and of the whole video, bytes by party.

Each run starts its parties anew, as processes on loopback over TLS 1.3, and ends with the label, which is compared with
the integer reference's of the same frames. They share the machine's cores. Modes that do not run this network are
listed with the reason.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from bench.draw.videos import sent
from bench.machine import commit, machine
from bench.outcome import written
from bench.pair import models
from localsite import active_pair, classify, classify_two
from localsite.ranges import whole
from localsite.result_file import result_file
from snni.errors import SnniError
from snni.model.bundle import Bundle
from snni.multiparty.roles import Setting
from snni.multiparty.select import MAX_FRAMES, rows

SETTINGS = (*Setting, classify_two.SETTING, active_pair.SETTING)
PHASES = ("frame_selection", "single_frame", "label_aggregation", "video_online", "video_ahead", "video")


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="./run bench video", description=__doc__)
    which = made.add_mutually_exclusive_group()
    which.add_argument("--model", choices=models.NAMES, default="convnet48_average", help=models.HELP)
    which.add_argument("--bundle", type=Path, help="a bundle directory instead of a model's name")
    made.add_argument("--frames", type=int, default=150, choices=range(1, MAX_FRAMES + 1), metavar=f"1..{MAX_FRAMES}")
    made.add_argument("--selection", default="every 15th", help="'every 15th', 'all', or indices such as 0,15,30")
    made.add_argument("--runs", type=whole(1), default=5)
    made.add_argument("--json", type=result_file, required=True, help="where to write the results")
    return made


def measured(
    directory: Path,
    bundle: Bundle,
    video: NDArray[np.uint8],
    selection: NDArray[np.int8],
    setting: Setting | str,
    runs: int,
    console: Console,
) -> dict[str, Any]:
    """One mode's row: medians and samples in seconds, bytes by party, labels. Raises one of FAULTS."""
    labels, tables = [], []
    for index in range(runs):
        with console.status(f"{_words(setting)}: {index + 1} of {runs}"):
            report, table = classify.classified(directory, bundle, video, selection, setting, console)
        labels.append(report["video"]["label"])
        tables.append(table)
    samples = {name: [one["seconds"][name] for one in tables] for name in PHASES}
    return {
        "setting": _words(setting),
        "labels": labels,
        "seconds": {name: {"median": statistics.median(taken), "samples": taken} for name, taken in samples.items()},
        "bytes": {name: sent for name, sent in tables[-1]["bytes"].items() if isinstance(sent, int)},
        "rounds": tables[-1]["rounds"],
    }


def results(options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Everything measured. Raises one of FAULTS."""
    directory = options.bundle or models.bundle_of(options.model, console)
    bundle = Bundle.load(directory)
    video = np.random.default_rng(1).integers(0, 256, (options.frames, *bundle.plan.input_shape), np.uint8)
    selection = rows(options.selection, options.frames)
    found, refused = [], {}
    for setting in SETTINGS:
        try:
            found.append(measured(directory, bundle, video, selection, setting, options.runs, console))
        except SnniError as error:  # said before anything is computed
            refused[_words(setting)] = str(error)
    return {
        "bench": "video",
        "machine": machine(),
        "commit": commit(),
        "model": directory.name if options.bundle else options.model,
        "frames": options.frames,
        "selected": len(selection),
        "reference": classify.reference(bundle, video, selection),
        "rows": found,
        "refused": refused,
    }


def _words(setting: Setting | str) -> str:
    return setting.value if isinstance(setting, Setting) else setting


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 2 after one line that says what went wrong."""
    options = parser().parse_args(arguments)
    console = Console(stderr=True)
    report = written("video", options.json, console, lambda: results(options, console))
    if report is None:
        return 2
    for row in report["rows"]:
        seconds = {name: taken["median"] for name, taken in row["seconds"].items()}
        words = f"{row['setting']}: video {seconds['video']:.2f} s of which {seconds['video_ahead']:.2f} s ahead"
        console.print(f"{words}; {sent(row) / 1e6:.1f} MB", markup=False, soft_wrap=True)
    for name, reason in report["refused"].items():
        console.print(f"{name}: {reason}", markup=False, soft_wrap=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
