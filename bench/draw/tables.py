"""The generated part of bench/README.md: measurements as tables of Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.draw.elsewhere import FIGURES
from bench.draw.results import LINK_WORDS, Inference
from bench.draw.svg import figures

LATENCIES = ("p50", "p95", "max")
STORED = ("client_stored_bytes", "server_stored_bytes")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The first column to the left, the others to the right."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def mb(count: float) -> str:
    return figures(count / 1e6)


def sources(measurements: Sequence[dict[str, Any]]) -> str:
    """Which machines and commits the figures come from."""
    found: dict[str, None] = {}
    for data in measurements:
        machine = data["machine"]
        found[
            f"- {machine['cpu']}, {machine['cores']} cores, {machine['memory_mb'] / 1024:.0f} GiB, Linux "
            f"{machine['kernel']}, {machine['instruction_set']}, TCP {machine['tcp_congestion_control']}; commit "
            f"{data['commit']}"
        ] = None
    return "\n".join(found)


def inference_table(inferences: Sequence[Inference]) -> str:
    """One row a measurement; times are medians."""
    head: tuple[str, ...] = (
        "network, link, way",
        "online s",
        "ahead s: one / batch",
        "online MB",
        "ahead MB",
        "flights",
    )
    head += ("first s", "peak MB C / S", "stored MB C / S")
    rows = []
    for one in inferences:
        alone, shared, memory = one.alone, one.shared, one.shared["memory"]
        ahead = [run["offline"]["seconds"]["median"] for run in (alone, shared)]
        rows.append(
            (
                f"{one.model}, {LINK_WORDS[one.link]}, {one.way}",
                figures(alone["online"]["seconds"]["median"]),
                f"{figures(ahead[0])} / {figures(ahead[1])}",
                mb(alone["online"]["bytes"]),
                mb(shared["offline"]["bytes"]["median"]),
                str(alone["online"]["flights"]),
                figures(alone["cold_start"]["first_inference_s"]),
                f"{memory['client_peak_mb']:.0f} / {memory['server_peak_mb']:.0f}",
                " / ".join(mb(found) if found else "-" for found in (memory[stored] for stored in STORED)),
            )
        )
    return table(head, rows)


def before_table(before: Sequence[Inference], after: Sequence[Inference]) -> str:
    """An earlier commit beside a later one, where the same network was measured over the same link; each in its way."""
    head = ("network, link, way", "commit", "online s", "online MB", "flights", "ahead s", "ahead MB")
    rows = []
    for old in before:
        new = next((one for one in after if (one.model, one.link) == (old.model, old.link)), None)
        if new is not None:
            for one in (old, new):
                name = f"{one.model}, {LINK_WORDS[one.link]}, {one.way}"
                rows.append((name, one.data["commit"], *_short(one)))
            ratios = [f"{b / a:.2f}" for a, b in zip(_amounts(old), _amounts(new), strict=True)]
            rows.append(("", "ratio", *ratios))
    return table(head, rows)


def _amounts(one: Inference) -> tuple[float, float, float, float, float]:
    online, ahead = one.shared["online"], one.shared["offline"]
    sent, prepared = online["bytes"], ahead["bytes"]["median"]
    return online["seconds"]["median"], sent, online["flights"], ahead["seconds"]["median"], prepared


def _short(one: Inference) -> tuple[str, ...]:
    online_s, online, flights, ahead_s, ahead = _amounts(one)
    return figures(online_s), mb(online), str(flights), figures(ahead_s), mb(ahead)


def waiting_table(inferences: Sequence[Inference]) -> str:
    """CPU seconds of each process beside the seconds that passed: who waits for whom."""
    head = ("network, link, way", "phase", "s", "client CPU s", "server CPU s", "relay CPU s")
    rows = []
    for one in inferences:
        name = f"{one.model}, {LINK_WORDS[one.link]}, {one.way}"
        phases = (("online", one.alone["online"]), ("ahead", one.shared["offline"]))
        for phase, found in phases:
            used = [found["cpu_s"].get(party) for party in ("client", "server", "relay")]
            cells = [figures(cpu["median"]) if cpu else "-" for cpu in used]
            rows.append((name, phase, figures(found["seconds"]["median"]), *cells))
    return table(head, rows)


def link_table(inferences: Sequence[Inference]) -> str:
    """What was asked of each link, and what plain sockets found."""
    head: tuple[str, ...] = (
        "link",
        "rate MB/s",
        "round trip ms",
        "rate kept by",
        "found: round trip ms",
        "128 KiB up / down ms",
    )
    head += ("rate up / down MB/s",)
    rows: dict[tuple[str, str], tuple[str, ...]] = {}
    for one in inferences:
        link = one.data["link"]
        found = link["measured"]
        rows[link["name"], link["shaper"]] = (
            LINK_WORDS[link["name"]],
            f"{link['rate_bytes_per_s'] / 1e6:g}" if link["rate_bytes_per_s"] else "-",
            f"{link['round_trip_ms']:g}",
            link["shaper"],
            f"{found['round_trip_ms']:.2f}",
            f"{found['message_up_ms']:.2f} / {found['message_down_ms']:.2f}",
            f"{mb(found['rate_up_bytes_per_s'])} / {mb(found['rate_down_bytes_per_s'])}",
        )
    return table(head, list(rows.values()))


def capacity_table(capacity: dict[str, Any]) -> str:
    """One row a number of cameras, then the extrapolation with its arithmetic."""
    head: tuple[str, ...] = (
        "cameras",
        "frames offered",
        "to a level",
        "prepared",
        "latency s p50 / p95 / max",
        "server CPU s a frame",
    )
    head += ("server core", "client cores' CPU s")
    rows = []
    for row in capacity["cameras"]:
        latency = " / ".join("-" if row["latency_s"][p] is None else figures(row["latency_s"][p]) for p in LATENCIES)
        each = row["server_cpu_s_per_frame"]
        rows.append(
            (
                str(row["cameras"]),
                str(row["offered"]),
                str(row["completed"]),
                str(row["prepared"]),
                latency,
                "-" if each is None else figures(each),
                f"{100 * row['server_core_share']:.0f} %",
                f"{row['client_cpu_s']:.1f} on {row['client_cores']}",
            )
        )
    found, options = capacity["extrapolated"], capacity["options"]
    words = (
        f"{capacity['model']}, {options['comparison']}, {options['ot']}, one keyframe every {options['period']:g} s, "
        f"{options['seconds']:g} s each. Clients share the cores that the server leaves, and need as many CPU seconds "
        f"as it does, so the table ends where theirs do; the server's own limit is arithmetic: {found['arithmetic']} "
        f"at full load. One core of clients has CPU for {found['cameras_per_client_core']} cameras."
    )
    return f"{words}\n\n{table(head, rows)}"


def ward_table(wards: Sequence[dict[str, Any]]) -> str:
    """One row a measurement: how late an event is on the screens, and what one alerts process needs for it."""
    head: tuple[str, ...] = (
        "cameras",
        "events a second",
        "screens",
        "seconds",
        "events shown",
        "wait s p50 / p90 / p99 / max",
    )
    head += ("alerts' core", "a screen reads kB a second", "memory MB, begin to end")
    rows = []
    for one in wards:
        given, found = one["parameters"], one["result"]
        wait = " / ".join(figures(found["wait_s"][p]) for p in ("p50", "p90", "p99", "max"))
        memory = found["resident_bytes"]
        rows.append(
            (
                f"{given['cameras']} in {given['wards']} wards",
                f"{given['rate']:g}",
                str(given["screens"]),
                f"{given['seconds']:g}",
                f"{100 * found['shown_of_due']:.1f} %",
                wait,
                f"{100 * found['alerts_core_share']:.0f} %",
                f"{found['read_bytes_per_screen_per_s'] / 1000:.0f}",
                f"{memory[0] / 1e6:.0f} to {memory[-1] / 1e6:.0f}",
            )
        )
    return table(head, rows)


def elsewhere_table() -> str:
    """Others' figures."""
    head = ("system", "network", "s", "traffic", "source")
    rows = [(one.system, one.network, f"{one.seconds:g}", one.traffic or "-", one.source) for one in FIGURES]
    return table(head, rows)
