"""Medians and all samples out of a client's report, by phase, by layer and by kind of layer."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from snni.model.plan import Plan

Report = dict[str, Any]


def of(samples: Iterable[float]) -> dict[str, Any]:
    """The median and the samples in order."""
    values = [round(value, 6) for value in samples]
    return {"median": statistics.median(values), "samples": values}


def parties(records: Sequence[Report]) -> dict[str, Any]:
    """CPU seconds by process."""
    return {name: of(record["cpu_s"][name] for record in records) for name in records[0]["cpu_s"]}


def online(images: Sequence[Report]) -> Report:
    """From the pixels to the level."""
    return {
        "seconds": of(image["online_s"] for image in images),
        "bytes": images[0]["online_bytes"],
        "flights": images[0]["flights"],
        "cpu_s": parties(images),
    }


def offline(units: Sequence[Report]) -> Report:
    """A frame's share of the work ahead of it: each nonlinear unit is one frame's, each linear one several frames'."""
    shares = [_shared(unit) for unit in units]
    made = {kind: [one for one in shares if one["kind"] == kind] for kind in ("linear", "nonlinear")}
    linear = [one for one in made["linear"] for _ in range(one["frames"])]
    both = [_added(*pair) for pair in zip(linear, made["nonlinear"], strict=True)]
    return {"linear": _phase(linear), "nonlinear": _phase(made["nonlinear"])} | _phase(both)


def a_level(images: Sequence[Report], units: Sequence[Report]) -> Report:
    """All the work ahead of all images, by image: what an audit has taken away is in it, and the audit itself."""
    used = units[0]["cpu_s"]
    return {
        "frames_made": sum(unit["frames"] for unit in units if unit["kind"] == "linear"),
        "seconds": sum(unit["seconds"] for unit in units) / len(images),
        "bytes": sum(unit["bytes"] for unit in units) / len(images),
        "cpu_s": {party: sum(unit["cpu_s"][party] for unit in units) / len(images) for party in used},
    }


def _shared(unit: Report) -> Report:
    each = {name: unit[name] / unit["frames"] for name in ("seconds", "bytes", "flights")}
    cpu_s = {name: seconds / unit["frames"] for name, seconds in unit["cpu_s"].items()}
    return {"kind": unit["kind"], "frames": unit["frames"], "cpu_s": cpu_s, **each}


def _added(one: Report, other: Report) -> Report:
    sums = {name: one[name] + other[name] for name in ("seconds", "bytes", "flights")}
    return sums | {"cpu_s": {name: one["cpu_s"][name] + other["cpu_s"][name] for name in one["cpu_s"]}}


def _phase(records: Sequence[Report]) -> Report:
    return {
        "seconds": of(record["seconds"] for record in records),
        "bytes": of(record["bytes"] for record in records),
        "flights": of(record["flights"] for record in records),
        "cpu_s": parties(records),
    }


def layers(plan: Plan, images: Sequence[Report], offline_layers: Report) -> dict[str, Report]:
    """Of each step: kind, online seconds (at the client, its waiting included), bytes and flights; offline bytes.

    A convolution sends nothing online: the server computes it while the client already waits in the step after it.
    Offline seconds are those of the client's sending and waiting.
    """
    kinds = {step.name: step.op for step in plan.steps}
    names = [*images[0]["layers"], *(name for name in offline_layers if name not in images[0]["layers"])]
    return {name: {"kind": kinds.get(name, name)} | _layer(name, images, offline_layers) for name in names}


def _layer(name: str, images: Sequence[Report], offline_layers: Report) -> Report:
    found: Report = {}
    if name in images[0]["layers"]:
        first = images[0]["layers"][name]
        seconds = of(image["layers"][name]["seconds"] for image in images)
        found |= {"seconds": seconds, "bytes": first["sent"] + first["received"], "flights": first["flights"]}
    if name in offline_layers:
        cost, count = offline_layers[name], len(images)
        found |= {
            "offline_seconds": round(cost["seconds"] / count, 6),
            "offline_bytes": (cost["sent"] + cost["received"]) // count,
            "offline_flights": cost["flights"] / count,
        }
    return found
