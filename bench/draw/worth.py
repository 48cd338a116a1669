"""What the networks that ship are worth beside what they cost: exact bytes, measured seconds, levels right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from bench.draw.results import Inference
from bench.draw.svg import LEFT, RIGHT, WIDTH, figures, page, scale
from bench.draw.tables import mb, table
from snni.model.bundle import Bundle
from snni.model.step_cost import total_cost
from snni.twoparty.suite import suite_of

PERIOD_S = 5.0
"""Of a camera's keyframes."""
EVERYBODY = re.compile(r"^\| everybody \| (\d+) \| (\d+) \| ([\d.]+) \|", re.MULTILINE)
TOP, HEIGHT, DISC = 70, 300, 7


@dataclass(frozen=True)
class Worth:
    """right: the part of levels that its card says its integers have right, on so many drawn people unseen in training;
    None where it does not say. comparisons, flights, online_bytes: of one frame by tables."""

    name: str
    people: int
    right: float | None
    comparisons: int
    flights: int
    online_bytes: int


def worth(name: str, folder: Path) -> Worth:
    """Of a bundle. Raises SnniError, OSError."""
    bundle = Bundle.load(folder)
    cost = total_cost(bundle.plan, suite_of(comparison="tables"))
    said = EVERYBODY.search(bundle.card)
    people, right = (int(said[1]), float(said[3])) if said else (0, None)
    return Worth(name, people, right, cost.comparisons, cost.flights, cost.online_bytes)


def worth_of(bundles: Mapping[str, Path]) -> list[Worth]:
    """The dearest first."""
    return sorted((worth(*one) for one in bundles.items()), key=lambda one: -one.online_bytes)


def worth_table(found: Sequence[Worth], inferences: Sequence[Inference]) -> str:
    """One row a network; seconds where it was measured by tables on loopback."""
    head = ("network", "levels right", "drawn people", "comparisons", "MB online", "flights", "online s", "ahead s",
            "cameras a core")  # fmt: skip
    rows = []
    for one in found:
        right = "-" if one.right is None else f"{one.right:.3f}"
        exact = (f"{one.comparisons:,}", mb(one.online_bytes), str(one.flights))
        rows.append((one.name, right, str(one.people or "-"), *exact, *_seconds(one, inferences)))
    return table(head, rows)


def worth_plot(found: Sequence[Worth]) -> str:
    """A disc a network whose card says what it reads: megabytes online to the right, levels right upwards. An SVG."""
    told = [one for one in found if one.right is not None]
    ticks, wide = scale(max((one.online_bytes / 1e6 for one in told), default=1.0) * 1.25)
    bottom = TOP + HEIGHT
    title = "What a network costs and what it reads"
    body = [f'<text class="head" x="20" y="34">{title}</text>']
    for tick in ticks:
        x = LEFT + tick * wide
        body.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}"/>')
        body.append(f'<text class="tick" x="{x:.1f}" y="{bottom + 16}">{tick:g} MB</text>')
    for part in (0.7, 0.8, 0.9, 1.0):
        y = _height(part)
        body.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        body.append(f'<text class="label" x="{LEFT - 10}" y="{y + 4:.1f}">{part:.0%} of levels right</text>')
    for index, one in enumerate(told):
        x, y = LEFT + one.online_bytes / 1e6 * wide, _height(one.right or 0.0)
        body.append(f'<circle class="s{index % 6}" cx="{x:.1f}" cy="{y:.1f}" r="{DISC}"/>')
        late = x > (LEFT + WIDTH - RIGHT) / 2
        place = f'class="label" x="{x - 12:.1f}"' if late else f'x="{x + 12:.1f}"'
        body.append(f'<text {place} y="{y + 4:.1f}">{escape(_words(one))}</text>')
    note = "Online, by tables, one frame. Levels right: on drawn people unseen in training, as each card says."
    body.append(f'<text class="note" x="20" y="{bottom + 44}">{note}</text>')
    words = "; ".join(f"{_words(one)}, {one.right:.3f} of levels right" for one in told)
    return page(title, f"{words}.", bottom + 62, body)


def _height(part: float) -> float:
    return TOP + HEIGHT * (1 - (part - 0.65) / 0.35)


def _words(one: Worth) -> str:
    return f"{one.name}: {figures(one.online_bytes / 1e6)} MB, {one.comparisons / 1000:,.0f} thousand comparisons"


def _seconds(one: Worth, inferences: Sequence[Inference]) -> tuple[str, str, str]:
    for measured in inferences:
        if (measured.model, measured.link, measured.data["options"]["comparison"]) == (one.name, "loopback", "tables"):
            online, ahead = measured.alone["online"], measured.shared["offline"]
            server = sum(phase["cpu_s"]["server"]["median"] for phase in (online, ahead))
            now, before = (figures(phase["seconds"]["median"]) for phase in (online, ahead))
            return now, before, f"{PERIOD_S / server:.1f}"
    return "-", "-", "-"
