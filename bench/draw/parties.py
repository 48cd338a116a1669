"""Servers that share picture and weights, measured: a table, and a picture of each network by setting and link."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from bench.draw.results import LINK_WORDS
from bench.draw.svg import Bar, Panel, chart, figures
from bench.draw.tables import table

ONLINE, AHEAD = "online", "ahead of an image"
SENDERS = {"who asks": ("client",), "dealer": ("dealer",), "evaluators": ("first", "second"), "witness": ("witness",)}
NOTE = "All servers and who asks share the machine's cores. What is sent is each party's own, headers included."


def link_of(one: dict[str, Any]) -> str:
    """Its link's name; a measurement from before there were links was over loopback."""
    return str(one["link"]["name"]) if "link" in one else "loopback"


def parties_table(measured: Sequence[dict[str, Any]]) -> str:
    """One row a measurement; all figures are of one image."""
    head: tuple[str, ...] = ("network, link", "servers", "images a run", "online s", "ahead s", "together s")
    head += ("servers' CPU s online / ahead", "MB sent by all", "by who asks", "rounds a run", "most memory MB")
    rows = []
    for one in measured:
        online, ahead = one["online"]["seconds"]["median"], one["ahead"]["seconds"]["median"]
        work = [
            sum(cpu["median"] for name, cpu in one[phase]["cpu_s"].items() if name != "client")
            for phase in ("online", "ahead")
        ]
        rows.append(
            (
                f"{one['model']}, {LINK_WORDS[link_of(one)]}",
                one["setting"],
                str(one["together"]),
                f"{online:.3f}",
                f"{ahead:.3f}",
                f"{online + ahead:.3f}",
                " / ".join(f"{each:.3f}" for each in work),
                f"{sum(one['bytes'].values()) / 1e6:.1f}",
                f"{one['bytes']['client'] / 1e6:.2f}",
                str(one["rounds"]),
                f"{max(one['memory_mb'].values()):.0f}",
            )
        )
    return table(head, rows)


def parties_plots(measured: Sequence[dict[str, Any]]) -> dict[str, str]:
    """SVG by file name, one a network: seconds by phase and megabytes by party, of one image."""
    models: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in measured:
        models[one["model"]].append(one)
    return {f"parties-{model}.svg": _plot(model, rows) for model, rows in models.items()}


def _plot(model: str, rows: Sequence[dict[str, Any]]) -> str:
    seconds, sent = [], []
    for one in rows:
        link = link_of(one)
        label = one["setting"].removesuffix(" servers") + ("" if link == "loopback" else f", {LINK_WORDS[link]}")
        phases = ((ONLINE, one["online"]["seconds"]["median"]), (AHEAD, one["ahead"]["seconds"]["median"]))
        seconds.append(Bar(label, phases))
        by_sender = {
            name: sum(one["bytes"].get(party, 0) for party in parties) / 1e6 for name, parties in SENDERS.items()
        }
        sent.append(Bar(label, tuple((name, value) for name, value in by_sender.items() if value)))
    told = "; ".join(
        f"{bar.label} {figures(bar.total)} s, {figures(mb.total)} MB" for bar, mb in zip(seconds, sent, strict=True)
    )
    panels = (Panel("Seconds", "s", tuple(seconds)), Panel("Megabytes sent", "MB", tuple(sent)))
    return chart(f"{model}: one image among servers", f"{told}.", (ONLINE, AHEAD, *SENDERS), panels, NOTE)
