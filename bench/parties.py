"""Secure inference among three or four servers and who asks, as processes: seconds, CPU, bytes, rounds, memory as JSON.

Over TLS 1.3, on loopback, or with --link by a link of its own between every two, of the rate and the round trip that
`bench snni` has. "ahead" is what the dealer and the evaluators do before an image exists, "online" what its pixels wait
for, both for one image where --together share a run. They share the machine's cores: CPU seconds by process say what
each would take on a core of its own. Medians and all samples; compare figures of one run.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from bench.machine import commit, machine
from bench.outcome import written
from bench.pair import models
from bench.pair.summary import of
from localsite.links.link import LINKS, Link
from localsite.links.mesh import mesh
from localsite.links.path import route
from localsite.links.probe import measured as probed
from localsite.pki import make_pki
from localsite.process import ProcessError
from localsite.progress import watch_inferences
from localsite.ranges import whole
from localsite.result_file import result_file
from localsite.share_servers import ShareServers, asking
from snni.model.bundle import Bundle
from snni.multiparty.plan_cost import plan_sent, total_servers_cost
from snni.multiparty.roles import Setting, setting_of

END_S = 120.0


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="./run bench parties", description=__doc__)
    which = made.add_mutually_exclusive_group()
    which.add_argument("--model", choices=models.NAMES, default="expression", help=models.HELP)
    which.add_argument("--bundle", type=Path, help="a bundle directory instead of a model's name")
    made.add_argument("--parties", type=int, default=3, help="how many servers: 3 passive ones, or 3 or 4 active ones")
    made.add_argument("--active", action="store_true", help="any one of the servers may do anything")
    made.add_argument("--runs", type=whole(1), default=5)
    made.add_argument("--together", type=int, default=1, choices=range(1, 17), metavar="1..16", help="images of a run")
    made.add_argument("--link", choices=tuple(LINKS), default="loopback", help="between every two of all parties")
    made.add_argument("--json", type=result_file, required=True, help="where to write the results")
    return made


def measured(
    bundle: Bundle, setting: Setting, runs: int, together: int, console: Console, link: Link = LINKS["loopback"]
) -> dict[str, Any]:
    """Every figure of ``runs`` runs after one that warms up. Raises ProcessError, SnniError, LinkError."""
    count = (runs + 1) * together
    with tempfile.TemporaryDirectory(prefix="veilward-bench-") as name:
        root = Path(name)
        pki = make_pki(root / "pki")
        images = np.random.default_rng(1).integers(0, 256, (count, *bundle.plan.input_shape), np.uint8)
        np.save(root / "images.npy", images)
        with (
            mesh(link, root / "relays") as ways,
            ShareServers(bundle, root / "shares", pki, setting=setting, reach=ways.reach) as servers,
            asking(servers, root, pki, bundle.plan.plan_hash, root / "images.npy", together) as room,
        ):
            watch_inferences(room, count, console)
            if room.wait(END_S):
                raise ProcessError(f"the client failed\n{room.log_end()}")
            memory = {role.value: round(process.sample_memory(), 1) for role, process in servers.services.items()}
        report = json.loads((root / "report.json").read_text())
    each = report["images"][together::together]  # one of each run, but the first
    cost, sent = total_servers_cost(bundle.plan, together), plan_sent(bundle.plan, together, setting)
    return {
        "online": {"seconds": of(one["online_s"] for one in each), "cpu_s": _cpu(each, "online_cpu_s")},
        "ahead": {"seconds": of(one["offline_s"] for one in each), "cpu_s": _cpu(each, "offline_cpu_s")},
        "bytes": {
            "client": each[0]["online_bytes"],
            **{role.value: (one.ahead + one.online) / together for role, one in sent.items()},
        },
        "rounds": cost.rounds,
        "memory_mb": memory | {"client": round(report["rss_client_mb"], 1)},
    }


def _cpu(records: Sequence[dict[str, Any]], phase: str) -> dict[str, Any]:
    return {name: of(record[phase][name] for record in records) for name in records[0][phase]}


def results(options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Everything measured. Raises one of FAULTS."""
    setting = setting_of(options.parties, options.active)
    directory = options.bundle or models.bundle_of(options.model, console)
    bundle = Bundle.load(directory)
    link = LINKS[options.link]
    with tempfile.TemporaryDirectory(prefix="veilward-link-") as name, route(link, "relay", Path(name)) as way:
        facts = way.facts() | {"measured": probed(way)}
    report = {
        "bench": "parties",
        "machine": machine(),
        "commit": commit(),
        "model": directory.name if options.bundle else options.model,
        "setting": setting.value,
        "runs": options.runs,
        "together": options.together,
        "link": facts,
        "cost": asdict(total_servers_cost(bundle.plan, options.together)),
    }
    return report | measured(bundle, setting, options.runs, options.together, console, link)


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 2 after one line that says what went wrong."""
    options = parser().parse_args(arguments)
    console = Console(stderr=True)
    report = written("parties", options.json, console, lambda: results(options, console))
    if report is None:
        return 2
    total = sum(report["bytes"].values())
    console.print(
        f"one of {options.together}: online {report['online']['seconds']['median']:.3f} s, ahead "
        f"{report['ahead']['seconds']['median']:.3f} s, {total / 1e6:.1f} MB, {report['rounds']} rounds",
        markup=False,
        soft_wrap=True,
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
