"""Secure inference between two processes, on a core each, over a link: seconds, bytes, flights, memory and CPU as JSON.

Runs twice: one image at a time (batch_1), and with the linear phase shared by a batch (amortised). "offline" is work
ahead of an image, "online" is what its pixels wait for; both happen over the link. Links (as SecFePAS's figure 3; the
delay is the round trip, half of it each way): lan 1 GB/s 1 ms, 5g 1 Gbit/s 5 ms, wan 400 MB/s 40 ms. The rate is kept
by the kernel between network namespaces (root), else by the relay that delays; nothing is lost on the way, and TCP
has not to start slowly over the delay. Medians and all samples; machines are shared, so compare figures of one run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.costs.measure import measured as one_inference
from bench.draw.waterfall import in_words, waterfall
from bench.machine import commit, machine
from bench.outcome import written
from bench.pair import models
from bench.pair.choices import COMPARISON_NAMES, OTS, party_options
from bench.pair.confine import cores
from bench.pair.measure import Setting, measure
from localsite.links.link import LINKS
from localsite.links.path import SHAPERS, route
from localsite.links.probe import measured
from localsite.ranges import whole
from localsite.result_file import result_file
from snni.model.plan import Plan
from snni.model.step_cost import total_cost
from snni.twoparty.session.handshake import MAX_AUDIT
from snni.twoparty.suite import suite_of
from snni.twoparty.threads import MAX_THREADS


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="./run bench snni", description=__doc__)
    which = made.add_mutually_exclusive_group()
    which.add_argument("--model", choices=models.NAMES, default="expression", help=models.HELP)
    which.add_argument("--bundle", type=Path, help="a bundle directory instead of a model's name")
    made.add_argument(
        "--comparison", choices=COMPARISON_NAMES, default=COMPARISON_NAMES[0], help="how signs are compared"
    )
    made.add_argument("--ot", choices=OTS, default=OTS[0], help="which oblivious transfer extension")
    made.add_argument(
        "--audit", type=whole(0, MAX_AUDIT), default=0, metavar="B", help="the server audits one batch of B; 0: none"
    )
    made.add_argument("--device", default="cpu", help="where the server multiplies ciphertexts by weights: cpu, cuda")
    made.add_argument("--link", choices=tuple(LINKS), default="loopback")
    made.add_argument("--shaper", choices=SHAPERS, default="auto", help="who keeps the link's rate")
    made.add_argument("--frames", type=whole(1), default=5)
    made.add_argument(
        "--batch", type=int, default=4, choices=range(1, 33), metavar="1..32", help="sharing the linear phase"
    )
    made.add_argument("--threads", type=whole(1, MAX_THREADS), default=1, help="of each party, with as many cores")
    made.add_argument("--memory-limit", type=whole(0), default=0, metavar="MB", help="RLIMIT_DATA of each party")
    made.add_argument(
        "--costs",
        action="store_true",
        help="draw one inference as a waterfall instead: who computes, who waits, what "
        "is on the wire, step by step; an SVG beside the JSON",
    )
    made.add_argument("--json", type=result_file, required=True, help="where to write the results")
    return made


def results(options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Everything measured. Raises one of FAULTS."""
    bundle = options.bundle or models.bundle_of(options.model, console)
    plan = Plan.load(bundle / "plan.json")
    given = cores(options.threads)
    if given.shared:
        console.print("the parties share cores: their times wait for each other", style="yellow")
    server, client = party_options(options.comparison, options.ot, options.device, options.link, options.audit)
    setting = Setting(bundle, plan, given, options.threads, options.memory_limit, server, client)
    report = {
        "bench": "snni",
        "machine": machine(),
        "commit": commit(),
        "model": options.bundle.name if options.bundle else options.model,
        "options": {name: value for name, value in vars(options).items() if name not in ("json", "bundle", "model")},
        "cores": asdict(given) | {"shared": given.shared},
        "cost": asdict(total_cost(plan, suite_of(options.ot, options.comparison, options.link))),
    }
    with (
        tempfile.TemporaryDirectory(prefix="veilward-link-") as name,
        route(LINKS[options.link], options.shaper, Path(name)) as way,
    ):
        report["link"] = way.facts() | {"measured": measured(way)}
        if options.costs:
            return report | {"bench": "snni_costs", "inference": one_inference(setting, way)}
        for kind, batch in (("batch_1", 1), ("amortised", options.batch)):
            if kind == "batch_1" or batch > 1:
                report[kind] = told(kind, measure(setting, way, options.frames, batch, console), console)
    return report


def told(kind: str, result: dict[str, Any], console: Console) -> dict[str, Any]:
    """The result, after a line about it."""
    online, offline, memory = result["online"], result["offline"], result["memory"]
    console.print(
        f"{kind}: online {online['seconds']['median']:.3f} s, {online['bytes'] / 1e6:.1f} MB, {online['flights']} "
        f"flights; offline {offline['seconds']['median']:.3f} s, {offline['bytes']['median'] / 1e6:.1f} MB; peak "
        f"{memory['client_peak_mb']:.0f} / {memory['server_peak_mb']:.0f} MB client / server",
        markup=False,
        soft_wrap=True,
    )
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 2 after one line that says what went wrong."""
    options = parser().parse_args(arguments)
    console = Console(stderr=True)
    report = written("snni", options.json, console, lambda: results(options, console))
    if report is None:
        return 2
    if options.costs:
        picture = options.json.with_suffix(".svg")
        picture.write_text(waterfall(f"{report['model']}: one inference over {options.link}", report["inference"]))
        console.print(f"{picture}: {in_words(report['inference'])}", markup=False, soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
