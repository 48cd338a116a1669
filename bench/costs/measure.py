"""One inference between two processes over a link, as spans of both on one clock, and the messages between them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.pair.confine import confined
from bench.pair.measure import Setting
from localsite import parties
from localsite.links.path import Route
from localsite.pki import make_pki
from localsite.process import START_TIMEOUT_S, Process, ProcessError, python

WARM_UP = 2
"""Inferences before the one that is drawn: of a process that has run."""
CLAIM = "claim"
"""Its message is waited for outside of any step at the server."""

Spans = Sequence[Mapping[str, Any]]


def measured(setting: Setting, route: Route) -> dict[str, Any]:
    """The last of some inferences: `told`'s record. Raises ProcessError when a party fails."""
    with tempfile.TemporaryDirectory(prefix="veilward-costs-") as name:
        root = Path(name)
        for party in ("edge", "room"):
            (root / party).mkdir()
        shape = (WARM_UP + 1, *setting.plan.input_shape)
        np.save(root / "room" / "images.npy", np.random.default_rng(1).integers(0, 256, shape, np.uint8))
        pki = make_pki(root / "pki")
        spans = root / "edge" / "spans.json"
        with _server(setting, route, pki, root / "edge", spans) as server:
            port = server.wait_for("port", lambda: _port(server))
            host, port = route.to(port)
            launcher = (*route.commands["client"], *confined(setting.cores.client, setting.memory_mb))
            place = parties.Place(launcher, setting.threads, host)
            arguments = ["--images", str(root / "room" / "images.npy"), "--out", str(root / "room" / "spans.json")]
            arguments += ["--batch", "1", *setting.client]
            client = parties.client(
                root / "room", pki, port, setting.plan.plan_hash, tuple(arguments), place, module="bench.costs.client"
            )
            with client:
                if client.wait(START_TIMEOUT_S):
                    raise ProcessError(f"the client failed\n{client.log_end()}\n{server.log_end()}")
            server.wait_for("spans", lambda: spans.exists() or None)
        seen = json.loads((root / "room" / "spans.json").read_text())[-1]
        route.hang_up()
        return told(seen, json.loads(spans.read_text()))


def _server(setting: Setting, route: Route, pki: Any, directory: Path, out: Path) -> Process:
    launcher = (*route.commands["server"], *confined(setting.cores.server, setting.memory_mb))
    certificate, key, ca = pki.cert("snni_server")
    files = {"bundle": setting.bundle.resolve(), "certificate": certificate, "key": key, "ca": ca, "out": out}
    options = {
        name: str(value)
        for name, value in (files | {"host": route.server_host, "threads": setting.threads} | setting.server).items()
    }
    command = python("bench.costs.server", *(part for name, value in options.items() for part in (f"--{name}", value)))
    environment = {"OMP_NUM_THREADS": str(setting.threads)}
    return Process("snni_costs", (*launcher, *command), directory / "server.log", environment)


def _port(server: Process) -> int | None:
    return next((int(event["port"]) for event in server.events() if event["event"] == "listening"), None)


def told(client: Spans, server: Spans) -> dict[str, Any]:
    """Spans of both in seconds from the first on, and messages: from where a party began to send one to where the other
    had it whole."""
    start = min(span["began"] for span in (*client, *server))
    lanes = {
        name: [_shifted(span, start) for span in spans] for name, spans in (("client", client), ("server", server))
    }
    messages = [*_messages("client", lanes), *_messages("server", lanes)]
    seconds = max(span["ended"] for spans in lanes.values() for span in spans)
    return {
        "seconds": round(seconds, 6),
        "bytes": sum(message["bytes"] for message in messages),
        "works_s": {name: _sum(spans, "works") for name, spans in lanes.items()},
        "sends_s": {name: _sum(spans, "sends") for name, spans in lanes.items()},
        "receives_s": {name: _sum(spans, "receives") for name, spans in lanes.items()},
        "lanes": lanes,
        "messages": sorted(messages, key=lambda message: float(message["began"])),
    }


def _shifted(span: Mapping[str, Any], start: float) -> dict[str, Any]:
    return dict(span) | {which: round(span[which] - start, 6) for which in ("began", "ended")}


def _messages(sender: str, lanes: Mapping[str, Spans]) -> list[dict[str, Any]]:
    """The n-th message that a party sent is the n-th that the other received."""
    other = "server" if sender == "client" else "client"
    sent = [span for span in lanes[sender] if span["sent"] and span["step"] != CLAIM]
    received = [span for span in lanes[other] if span["received"]]
    return [
        {"from": sender, "step": one["step"], "bytes": one["sent"], "began": one["began"], "ended": two["ended"]}
        for one, two in zip(sent, received, strict=True)
    ]


def _sum(spans: Spans, kind: str) -> float:
    return round(sum(float(span["ended"] - span["began"]) for span in spans if span["kind"] == kind), 6)
