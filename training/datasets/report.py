"""An inspection, and what came of preparing, to read: as tables for people, as JSON and CSV for programs."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from training.datasets.crop_cache import CROPPED
from training.datasets.inspection import Inspection
from training.datasets.licence import LICENCES, may_publish
from training.datasets.manifest import PARTS
from training.datasets.prepare import Prepared
from training.datasets.splits import describe

BY_FRAME = "SPLIT BY FRAME: the same people are trained and measured on; figures will look better than they are"
UNKNOWN = "nobody knows who is seen: equal pictures are in one part, but the same people may be in several"
HOW = {
    "subject": "in folds of subjects",
    "fixed": "by named subjects",
    "given": "as the set gives it",
    "frame": BY_FRAME,
}


def as_json(inspection: Inspection) -> dict[str, Any]:
    """JSON values; nothing of a picture but its path."""
    layout, plan = inspection.layout, inspection.plan
    there = inspection.there
    return {
        "dataset": layout.name,
        "title": layout.title,
        "root": str(inspection.found.root),
        "variant": list(inspection.found.variant),
        "facts": list(inspection.found.facts),
        "subjects": None if inspection.anonymous else len({one.subject for one in there}),
        "sequences": len({(one.subject, one.sequence) for one in there}),
        "samples": len(there),
        "published": dict(layout.published),
        "labels": inspection.label_counts,
        "pictures": {"opened": inspection.opened, "of": len(there), "sizes": inspection.sizes},
        "irregularities": [asdict(notice) for notice in inspection.findings.all()],
        "licences": [_licence(name) for name in inspection.licences],
        "training": {
            "scheme": inspection.scheme.name,
            "about": inspection.scheme.about,
            "classes": dict(zip(inspection.scheme.classes, inspection.class_counts(), strict=True)),
            "samples": len(inspection.chosen),
        },
        "split": {
            "by": plan.by,
            "stamp": inspection.stamp,
            "folds": plan.folds if plan.by in ("subject", "frame") else None,
            "fold": plan.fold if plan.by in ("subject", "frame") else None,
            "warning": {"frame": BY_FRAME, "picture": UNKNOWN}.get(inspection.stamp),
            "shared_subjects": len(inspection.shared),
            "parts": {
                part: {
                    "subjects": None if inspection.anonymous else subjects,
                    "samples": samples,
                    "classes": dict(zip(inspection.scheme.classes, inspection.class_counts(part), strict=True)),
                }
                for part, (subjects, samples) in describe(inspection.chosen).items()
            },
        },
    }


def _licence(name: str) -> dict[str, Any]:
    licence = LICENCES[name]
    return {"name": name, "title": licence.title, "terms": list(licence.terms), "publishable": licence.publishable}


def show(inspection: Inspection, console: Console) -> None:
    """Print it."""
    told = as_json(inspection)
    console.print(_what(told))
    console.print(_labels(told["labels"]))
    console.print(_irregularities(told))
    console.print(_split(told, inspection.scheme.classes))
    console.print(_licences(told["licences"]))


def _what(told: dict[str, Any]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("folder", Text(told["root"]))
    table.add_row("variant", Text("\n".join(told["variant"]) or "as published"))
    if told["facts"]:
        table.add_row("also there", Text("\n".join(told["facts"])))
    for name in ("subjects", "sequences", "samples"):
        whole = told["published"].get(name)
        count = "unknown" if told[name] is None else f"{told[name]:,}"
        table.add_row(name, count + (f" (the published set: {whole:,})" if whole and whole != told[name] else ""))
    pictures = told["pictures"]
    sizes = ", ".join(f"{size}: {count:,}" for size, count in list(pictures["sizes"].items())[:5])
    if pictures["opened"] < pictures["of"]:
        sizes += " (--all-pictures opens every one)"
    table.add_row("pictures", f"opened {pictures['opened']:,} of {pictures['of']:,}; {sizes or 'none decoded'}")
    return Panel(table, title=told["title"], title_align="left")


def _labels(labels: dict[str, dict[str, int]]) -> RenderableType:
    tables = []
    for kind, counts in labels.items():
        table = Table(title=f"labels ({kind})", title_justify="left")
        table.add_column("label")
        table.add_column("samples", justify="right")
        table.add_column("")
        most = max(counts.values())
        for value, count in counts.items():
            table.add_row(value, f"{count:,}", Text("█" * max(1, round(30 * count / most))))
        tables.append(table)
    return Group(*tables)


def _irregularities(told: dict[str, Any]) -> RenderableType:
    if not told["irregularities"]:
        return Text("irregularities: none found")
    table = Table(title="irregularities", title_justify="left", show_lines=True)
    table.add_column("what", overflow="fold")
    table.add_column("count", justify="right")
    table.add_column("left out")
    table.add_column("for example", overflow="fold")
    for notice in told["irregularities"]:
        out = "yes" if notice["left_out"] else "no"
        table.add_row(Text(notice["what"]), f"{notice['count']:,}", out, Text("\n".join(notice["examples"][:3])))
    return table


def _split(told: dict[str, Any], classes: Sequence[str]) -> RenderableType:
    training, split = told["training"], told["split"]
    how = HOW[split["by"]]
    if split["folds"]:
        how += f" (fold {split['fold']} of {split['folds']})"
    table = Table(title=f"would be trained: {training['scheme']}, {training['about']}", title_justify="left")
    table.add_column("part")
    for name in ("subjects", "samples", *classes):
        table.add_column(name, justify="right")
    for part in PARTS:
        row = split["parts"][part]
        subjects = "unknown" if row["subjects"] is None else f"{row['subjects']:,}"
        table.add_row(part, subjects, f"{row['samples']:,}", *(f"{count:,}" for count in row["classes"].values()))
    total = (f"{count:,}" for count in training["classes"].values())
    table.add_row("all", "", f"{training['samples']:,}", *total, style="bold")
    line = Text(f"split: {how}", style="bold red" if split["stamp"] == "frame" else "")
    shared = f"{split['shared_subjects']} subjects are in more than one part" if split["shared_subjects"] else ""
    alone = "no subject is in two parts" if told["subjects"] is not None else UNKNOWN
    return Group(table, line, Text(shared or alone))


def _licences(licences: list[dict[str, Any]]) -> RenderableType:
    lines = []
    for licence in licences:
        lines += [Text(licence["title"], style="bold"), *(Text(f"  - {term}") for term in licence["terms"])]
        lines.append(Text(f"  to accept them when training: --accept-licence {licence['name']}"))
    allowed = may_publish(licence["name"] for licence in licences).allowed
    lines.append(Text("a network trained on it may be published" if allowed else
                      "a network trained on it may not be published", style="bold"))  # fmt: skip
    return Group(*lines)


def show_outcomes(prepared: Prepared, console: Console) -> None:
    """What came of the samples."""
    table = Table(title="crops", title_justify="left")
    table.add_column("outcome")
    table.add_column("samples", justify="right")
    for what, count in prepared.counts.items():
        table.add_row(what, f"{count:,}")
    known = sum(outcome.known for outcome in prepared.outcomes)
    table.add_row("all", f"{len(prepared.outcomes):,}, of which {known:,} were known before", style="bold")
    console.print(table)


def write_left_out(prepared: Prepared, path: Path) -> None:
    """The samples that have no crop, and why: a CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["sample_id", "path", "frame", "reason"])
        for outcome in prepared.outcomes:
            if outcome.what != CROPPED:
                writer.writerow([outcome.sample.sample_id, outcome.sample.path, outcome.sample.frame, outcome.what])
