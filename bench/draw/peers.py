"""This project's ways and SPU's protocols, measured in one run: a table and a picture of each network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.draw.svg import Bar, Panel, chart, figures
from bench.draw.tables import table

ONLINE, AHEAD, SENT = "online", "ahead of an image", "sent by all"
SERIES = (ONLINE, AHEAD, SENT)
NOTE = "SPU has no work ahead of an image. All parties share the machine's cores."


def name(row: dict[str, Any]) -> str:
    """As the page calls it."""
    found = str(row["name"])
    return found if found.startswith("SPU") else f"Veilward, {found.removesuffix(' servers')}"


def seconds(row: dict[str, Any]) -> tuple[float, float]:
    """(online, ahead) of one image, medians; SPU's are online."""
    return row["online"]["median"], row["ahead"]["median"] if "ahead" in row else 0.0


def peers_table(measured: Sequence[dict[str, Any]]) -> str:
    """One row a way of computing; all figures are of one image."""
    head: tuple[str, ...] = ("network", "engine", "images a run", "runs", "online s", "ahead s", "together s")
    head += ("CPU s of all", "MB sent by all", "most memory MB", "scores differ from the clear by")
    rows = []
    for one in measured:
        for row in one["rows"]:
            online, ahead = seconds(row)
            rows.append(
                (
                    one["model"],
                    name(row),
                    str(one["together"]),
                    str(len(row["online"]["samples"])),
                    f"{online:.3f}",
                    f"{ahead:.3f}" if "ahead" in row else "-",
                    f"{online + ahead:.3f}",
                    f"{row['cpu_s']:.3f}",
                    figures(row["bytes"] / 1e6),
                    f"{row['memory_mb']:.0f}",
                    f"{100 * row['error']:.2g} %" if "error" in row else "-",
                )
            )
    return table(head, rows)


def peers_plot(measured: dict[str, Any]) -> str:
    """An SVG of two panels: seconds and megabytes of one image."""
    time = [Bar(name(row), tuple(zip((ONLINE, AHEAD), seconds(row), strict=True))) for row in measured["rows"]]
    sent = [Bar(name(row), ((SENT, row["bytes"] / 1e6),)) for row in measured["rows"]]
    told = "; ".join(
        f"{bar.label} {figures(bar.total)} s, {figures(mb.total)} MB" for bar, mb in zip(time, sent, strict=True)
    )
    panels = (Panel("Seconds", "s", tuple(time)), Panel("Megabytes", "MB", tuple(sent)))
    together = f", {measured['together']} together" if measured["together"] > 1 else ""
    return chart(f"{measured['model']}: one image, by engine{together}", f"{told}.", SERIES, panels, NOTE)
