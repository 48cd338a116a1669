"""SecretFlow SPU beside this project on the same network and images, in one run on this machine, as JSON.

SPU (ABY3, Semi2k, Cheetah; rings of 64 bits) is installed on first use into an environment of its own under runs/,
some 300 MB from the package index; nothing of this project needs it. Every party is a process on loopback: SPU's over
its own links, in the clear; this project's over TLS 1.3. SPU gets the bundle's own weights as real numbers, is warmed
up by a small computation, and must give the scores that the network gives in the clear. It has no work ahead of an
image, so compare its seconds with this project's online and ahead together. All share the machine's cores: CPU seconds
say what each would take with cores of its own.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from bench import parties
from bench.machine import commit, machine
from bench.outcome import FAULTS, written
from bench.pair import models
from bench.pair.choices import COMPARISON_NAMES, OTS, party_options
from bench.pair.confine import cores
from bench.pair.measure import Setting as PairSetting
from bench.pair.measure import measure
from bench.spu.environment import CACHE, PINS, EnvironmentFault, interpreter
from bench.spu.measure import FRACTION_BITS, PROTOCOLS, Protocol, WrongScores, difference, measured
from bench.spu.network import NotCarriedOver, real_network
from localsite.links.link import LINKS
from localsite.links.path import route
from localsite.process import ProcessError
from localsite.ranges import whole
from localsite.result_file import result_file
from snni.model.bundle import Bundle
from snni.model.plan import Plan
from snni.model.reference import Reference
from snni.multiparty.roles import Setting

OF_SPU = (EnvironmentFault, NotCarriedOver, WrongScores)


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="./run bench peers", description=__doc__)
    which = made.add_mutually_exclusive_group()
    which.add_argument("--model", choices=models.NAMES, default="convnet48_average", help=models.HELP)
    which.add_argument("--bundle", type=Path, help="a bundle directory instead of a model's name")
    made.add_argument("--protocols", nargs="+", choices=tuple(PROTOCOLS), default=list(PROTOCOLS), help="of SPU")
    made.add_argument("--runs", type=whole(1), default=5)
    made.add_argument(
        "--enough", type=float, default=60, metavar="SECONDS", help="after these no further run of a protocol begins"
    )
    made.add_argument("--together", type=int, default=1, choices=range(1, 17), metavar="1..16", help="images of a run")
    made.add_argument("--environment", type=Path, default=CACHE, help="where SPU's environment is made and kept")
    made.add_argument("--json", type=result_file, required=True, help="where to write the results")
    return made


def two_parties(directory: Path, plan: Plan, runs: int, together: int, console: Console) -> dict[str, Any]:
    """This project's two parties, a core each; the images of a run share the linear phase."""
    server, client = party_options(COMPARISON_NAMES[0], OTS[0])
    setting = PairSetting(directory, plan, cores(1), 1, 0, server, client)
    with (
        tempfile.TemporaryDirectory(prefix="veilward-link-") as name,
        route(LINKS["loopback"], "auto", Path(name)) as way,
    ):
        found = measure(setting, way, runs * together, together, console)
    online, ahead, memory = found["online"], found["offline"], found["memory"]
    return {
        "name": "two parties",
        "online": online["seconds"],
        "ahead": ahead["seconds"],
        "cpu_s": sum(cpu["median"] for phase in (online, ahead) for cpu in phase["cpu_s"].values()),
        "bytes": online["bytes"] + ahead["bytes"]["median"],
        "memory_mb": max(memory["client_peak_mb"], memory["server_peak_mb"]),
    }


def servers(bundle: Bundle, setting: Setting, runs: int, together: int, console: Console) -> dict[str, Any]:
    """This project's servers that share picture and weights, and who asks."""
    found = parties.measured(bundle, setting, runs, together, console)
    return {
        "name": setting.value,
        "online": found["online"]["seconds"],
        "ahead": found["ahead"]["seconds"],
        "cpu_s": sum(cpu["median"] for phase in ("online", "ahead") for cpu in found[phase]["cpu_s"].values()),
        "bytes": sum(found["bytes"].values()),
        "memory_mb": max(found["memory_mb"].values()),
    }


def peer(protocol: Protocol, found: dict[str, Any], reference: NDArray[np.float64]) -> dict[str, Any]:
    """SPU's row. reference: the scores of the plan's own integers, as real numbers [N, F]."""
    scores = np.array(found["scores"])
    return {
        "name": protocol.name,
        "online": found["seconds"],
        "cpu_s": found["cpu_s"]["median"],
        "bytes": sum(found["bytes"]),
        "memory_mb": max(found["memory_mb"]),
        "error": found["error"],
        "error_of_integers": difference(reference, scores),
        "same_levels": int(np.sum(reference.argmax(1) == scores.argmax(1))),
    }


def results(options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Everything measured. Raises one of FAULTS and OF_SPU."""
    python = interpreter(options.environment, console)
    directory = options.bundle or models.bundle_of(options.model, console)
    bundle, together, runs = Bundle.load(directory), options.together, options.runs
    network, reference = real_network(bundle), Reference(bundle.plan, bundle.weights)
    pixels = np.random.default_rng(1).integers(0, 256, (together, *bundle.plan.input_shape), np.uint8)
    expected = np.stack([reference.run(image).scores for image in pixels]) / 2.0**network.scale
    report = {
        "bench": "peers",
        "machine": machine(),
        "commit": commit(),
        "model": directory.name if options.bundle else options.model,
        "together": together,
        "spu": {"packages": PINS, "ring_bits": 64, "fraction_bits": FRACTION_BITS},
    }
    rows = [servers(bundle, setting, runs, together, console) for setting in Setting]
    rows.append(two_parties(directory, bundle.plan, runs, together, console))
    failed: dict[str, str] = {}
    for name in options.protocols:
        try:
            found = measured(python, PROTOCOLS[name], network, pixels, runs, options.enough, console)
            rows.append(peer(PROTOCOLS[name], found, expected))
        except (ProcessError, WrongScores) as error:  # minutes of the others' figures are kept
            failed[PROTOCOLS[name].name] = str(error)
    return report | {"rows": rows, "failed": failed}


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 2 after one line that says what went wrong; what was measured is written all the same."""
    options = parser().parse_args(arguments)
    console = Console(stderr=True)
    report = written("peers", options.json, console, lambda: results(options, console), (*FAULTS, *OF_SPU))
    if report is None:
        return 2
    for row in report["rows"]:
        seconds = row["online"]["median"] + (row["ahead"]["median"] if "ahead" in row else 0)
        words = f"{row['name']}: {seconds:.3f} s an image, {row['bytes'] / 1e6:.1f} MB, {row['cpu_s']:.3f} s of CPU"
        console.print(words, markup=False, soft_wrap=True)
    for name, reason in report["failed"].items():
        console.print(f"{name}: {reason}", style="red", markup=False, soft_wrap=True)
    return 2 if report["failed"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
