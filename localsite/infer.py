"""Score images of a .npy file by secure inference between the processes of two parties, or of three or four, on this
machine.

Writes, for every image, the secure result beside the integer reference's and the float network's. The reference runs
once rounding half up, and some times rounding by chance as shares do: the levels of these runs say what secure
inference gives for the image, and how surely. The float network is the one that the compiler kept in the bundle
(float.pt2).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from localsite import parties, share_servers
from localsite.active_pair import among_two
from localsite.pki import make_pki
from localsite.process import ProcessError
from localsite.progress import watch_inferences
from localsite.result_file import result_file
from snni.compile.float_network import FLOAT_FILE, float_scores
from snni.errors import ParameterError, SnniError
from snni.model.bundle import Bundle
from snni.model.plan import Plan
from snni.model.reference import Reference
from snni.multiparty.plan_cost import plan_sent, total_servers_cost
from snni.multiparty.roles import setting_of
from snni.twoparty.nonlinear.comparisons import COMPARISONS, DEFAULT
from snni.twoparty.suite import TRANSFERS

USAGE_ERROR = 2
DRAWS = 16
"""Reference runs of each image that round by chance."""


def load_images(path: Path, plan: Plan) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """uint8 [N, C, H, W]; floats in [0, 1] become round(255 x). Raises ParameterError saying what to save instead."""
    shape = plan.input_shape
    if not path.is_file():
        raise ParameterError(f"--input {path}: no such file")
    try:
        images = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise ParameterError(f"--input {path}: not a .npy array ({type(error).__name__})") from error
    if not isinstance(images, np.ndarray):
        raise ParameterError(f"--input {path}: several arrays; save one, [N, {', '.join(map(str, shape))}]")
    if images.ndim == 3:
        images = images[None]
    if images.ndim != 4 or images.shape[1:] != shape or not len(images):
        raise ParameterError(
            f"--input {path}: shape {images.shape}; the bundle takes [N, {', '.join(map(str, shape))}], "
            f"crops of format {plan.crop_format}"
        )
    if images.dtype == np.uint8:
        return np.ascontiguousarray(images)
    if images.dtype.kind != "f" or not np.isfinite(images).all() or images.min() < 0 or images.max() > 1:
        raise ParameterError(f"--input {path}: {images.dtype}; save uint8 pixels, or floats in [0, 1]")
    pixels: np.ndarray[Any, np.dtype[np.uint8]] = np.round(images * 255).astype(np.uint8)
    return pixels


def secure(
    bundle: Path, plan_hash: str, images: np.ndarray[Any, Any], options: argparse.Namespace, console: Console
) -> Any:
    """The client process's report; options: scores, batch, ot, comparison. Raises ProcessError when a party fails."""
    with tempfile.TemporaryDirectory(prefix="veilward-infer-") as name:
        root = Path(name)
        pki = make_pki(root / "pki")
        for party in ("edge", "room"):
            (root / party).mkdir()
        np.save(root / "room" / "images.npy", images)
        asked = {"allow_scores": options.scores, "max_batch": options.batch, "ot": options.ot}
        edge = parties.server(bundle, root / "edge", pki, settings=asked).start()
        report = root / "room" / "report.json"
        files = ("--images", str(root / "room" / "images.npy"), "--out", str(report))
        arguments = (*files, "--batch", str(options.batch), "--ot", options.ot, "--comparison", options.comparison)
        arguments += ("--scores",) * options.scores
        room = parties.client(root / "room", pki, edge.ports()["snni"], plan_hash, arguments)
        try:
            room.start()
            watch_inferences(room, len(images), console)
            if room.wait(60):
                raise ProcessError(f"the client failed\n{room.log_end()}")
            edge.sample_memory()
            return json.loads(report.read_text()) | {"rss_server_mb": edge.peak_rss_mb}
        finally:
            room.stop()
            edge.stop()


def among_servers(
    bundle: Bundle, images: np.ndarray[Any, Any], options: argparse.Namespace, console: Console
) -> dict[str, Any]:
    """The same among share servers, of which the asking process knows addresses only; options: batch, parties, active.

    Raises ParameterError: there is no such setting.
    """
    setting = setting_of(options.parties, options.active)
    together = min(options.batch, len(images))
    with tempfile.TemporaryDirectory(prefix="veilward-infer-") as name:
        root = Path(name)
        pki = make_pki(root / "pki")
        np.save(root / "images.npy", images)
        with (
            share_servers.ShareServers(bundle, root / "shares", pki, setting=setting) as servers,
            share_servers.asking(servers, root, pki, bundle.plan.plan_hash, root / "images.npy", together) as room,
        ):
            watch_inferences(room, len(images), console)
            if room.wait(60):
                raise ProcessError(f"the client failed\n{room.log_end()}")
            memory = {role.value: process.sample_memory() for role, process in servers.services.items()}
        cost = total_servers_cost(bundle.plan, together)
        sent = plan_sent(bundle.plan, together, setting).values()
        report: dict[str, Any] = json.loads((root / "report.json").read_text())
        for record in report["images"]:
            record["offline_bytes"] = sum(one.ahead for one in sent) // together
            record["online_bytes"] += sum(one.online for one in sent) // together
        return report | {"setting": setting.value, "rss_servers_mb": memory, "rounds": cost.rounds}


def compare(bundle: Bundle, directory: Path, images: np.ndarray[Any, Any], report: dict[str, Any]) -> dict[str, Any]:
    """The report with reference and float results beside each secure one."""
    reference = Reference(bundle.plan, bundle.weights)
    floats = float_scores(directory, images) if (directory / FLOAT_FILE).exists() else None
    for index, (record, image) in enumerate(zip(report["images"], images, strict=True)):
        trace = reference.run(image)
        drawn = reference.draws(image, DRAWS)
        counts = np.bincount(drawn.argmax(axis=1), minlength=drawn.shape[1])
        record["reference"] = {"level": trace.level, "scores": trace.scores.tolist(), "drawn_levels": counts.tolist()}
        if floats is not None:
            record["float"] = {"level": int(floats[index].argmax()), "scores": floats[index].tolist()}
    levels = [(record["level"], record["reference"]["level"]) for record in report["images"]]
    return report | {
        "plan_hash": bundle.plan.plan_hash,
        "crop": bundle.plan.crop_format,
        "secure_equals_reference": sum(a == b for a, b in levels) / len(levels),
        "secure_equals_float": None
        if floats is None
        else sum(r["level"] == r["float"]["level"] for r in report["images"]) / len(levels),
    }


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="./run infer", description=__doc__)
    made.add_argument("--bundle", type=Path, required=True, help="directory made by ./run compile")
    made.add_argument("--input", type=Path, required=True, help=".npy, [N, C, H, W], uint8 or float in [0, 1]")
    made.add_argument(
        "--parties", type=int, default=2, help="2: a client and a server; 3 or 4: so many servers that are asked"
    )
    made.add_argument(
        "--active",
        action="store_true",
        help="any one of three or four servers, or either of two parties, may do anything",
    )
    made.add_argument("--scores", action="store_true", help="reveal the scores to the client, not only the level")
    made.add_argument(
        "--batch",
        type=int,
        default=4,
        choices=range(1, 33),
        metavar="1..32",
        help="images prepared together, and among three servers evaluated together",
    )
    made.add_argument("--ot", choices=sorted(TRANSFERS), default="ferret", help="oblivious transfers")
    made.add_argument("--comparison", choices=tuple(COMPARISONS), default=DEFAULT, help="how to compare")
    made.add_argument("--json", type=result_file, required=True, help="where to write the results")
    return made


def reported(
    options: argparse.Namespace, bundle: Bundle, images: np.ndarray[Any, Any], console: Console
) -> dict[str, Any]:
    """The report of whichever parties the options name. Raises SnniError, ProcessError, OSError."""
    if (options.parties, options.active) == (2, False):
        report: dict[str, Any] = secure(options.bundle, bundle.plan.plan_hash, images, options, console)
        return report
    if options.parties != 2:
        setting_of(options.parties, options.active)
    if options.scores or options.ot != "ferret" or options.comparison != DEFAULT:
        raise ParameterError("--scores, --ot and --comparison are for two passive parties")
    if options.parties == 2:
        return among_two(options.bundle, bundle.plan, images, console)
    return among_servers(bundle, images, options, console)


def main(argv: Sequence[str] | None = None) -> int:
    """0, or 2 after one line that says what to do."""
    options = parser().parse_args(argv)
    console = Console(stderr=True)
    try:
        bundle = Bundle.load(options.bundle)
        images = load_images(options.input, bundle.plan)
        if bundle.plan.crop is not None:
            console.print(f"the images are taken to be cut as {bundle.plan.crop}: a .npy does not say how it was")
        result = compare(bundle, options.bundle, images, reported(options, bundle, images, console))
        options.json.write_text(json.dumps(result, indent=1))
    except (SnniError, ProcessError, OSError) as error:
        console.print(f"infer: {error}", style="red", markup=False, soft_wrap=True)
        return USAGE_ERROR
    for index, record in enumerate(result["images"]):
        reference = record["reference"]
        console.print(
            f"image {index}: secure {record['level']}, reference {reference['level']} "
            f"({reference['drawn_levels'][record['level']]} of {DRAWS} drawn runs say {record['level']}), "
            f"float {record.get('float', {}).get('level', '-')}; online {record['online_s']:.2f} s, "
            f"{record['online_bytes'] / 1e6:.1f} MB; offline {record['offline_s']:.2f} s, "
            f"{record['offline_bytes'] / 1e6:.1f} MB"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
