"""The pictures: where an inference's time and bytes go, and what the link does to it; one of each a model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from bench.draw.results import LINK_WORDS, Inference
from bench.draw.svg import Bar, Panel, chart

KINDS = {"relu": "ReLU", "maxpool": "max-pool"}
OTHER, LINEAR, TRANSFERS = "other steps", "convolutions (HE)", "oblivious transfers"
SERIES = (*KINDS.values(), OTHER, LINEAR, TRANSFERS)
NOTE = "Online steps as the client sees them: the server's convolution before a step counts to that step."
PHASES = (("linear", LINEAR), ("nonlinear", TRANSFERS))


def plots(inferences: Sequence[Inference]) -> dict[str, str]:
    """SVG by file name. Every model's first link (loopback, where measured) tells where it goes."""
    models: dict[str, list[Inference]] = defaultdict(list)
    for one in inferences:
        models[one.model].append(one)
    found = {}
    for model, measured in models.items():
        found[f"where-{model}.svg"] = where(model, [one for one in measured if one.link == measured[0].link])
        if len({one.link for one in measured}) > 1:
            found[f"links-{model}.svg"] = links(model, measured)
    return found


def label(one: Inference, among: Iterable[Inference], *words: str) -> str:
    """The words, and the way of computing where several are shown."""
    several = len({other.way for other in among}) > 1
    return ", ".join((*words, *([one.way] if several else [])))


def by_kind(layers: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Seconds and bytes online, summed over the layers of a kind."""
    sums = {name: {"seconds": 0.0, "bytes": 0.0} for name in (*KINDS.values(), OTHER)}
    for layer in layers.values():
        if "seconds" in layer:
            kind = sums[KINDS.get(layer["kind"], OTHER)]
            kind["seconds"] += layer["seconds"]["median"]
            kind["bytes"] += layer["bytes"]
    return sums


def where(model: str, measured: Sequence[Inference]) -> str:
    """Two panels, seconds and megabytes; two bars a way of computing, online and ahead of it."""
    seconds: list[Bar] = []
    megabytes: list[Bar] = []
    for one in measured:
        kinds, offline = by_kind(one.alone["layers"]), one.shared["offline"]
        for bars, field, unit in ((seconds, "seconds", 1.0), (megabytes, "bytes", 1e6)):
            online = tuple((name, sums[field] / unit) for name, sums in kinds.items() if sums[field] > 0)
            ahead = tuple((name, offline[phase][field]["median"] / unit) for phase, name in PHASES)
            bars += [Bar(label(one, measured, "online"), online), Bar(label(one, measured, "ahead"), ahead)]
    panels = (Panel("Seconds", "s", tuple(seconds)), Panel("Megabytes, both ways", "MB", tuple(megabytes)))
    link = LINK_WORDS[measured[0].link]
    return chart(f"{model}: where one image's time and bytes go ({link})", told(panels), SERIES, panels, NOTE)


def links(model: str, measured: Sequence[Inference]) -> str:
    """Two panels: what the pixels wait for, and the work ahead of them, by link."""
    online: list[Bar] = []
    ahead: list[Bar] = []
    for one in measured:
        name = label(one, measured, LINK_WORDS[one.link])
        kinds, offline = by_kind(one.alone["layers"]), one.shared["offline"]
        online.append(Bar(name, tuple((kind, sums["seconds"]) for kind, sums in kinds.items() if sums["seconds"] > 0)))
        ahead.append(Bar(name, tuple((kind, offline[phase]["seconds"]["median"]) for phase, kind in PHASES)))
    panels = (
        Panel("From pixels to level (online)", "s", tuple(online)),
        Panel("Work ahead of an image (amortised)", "s", tuple(ahead)),
    )
    return chart(f"{model}: one image by link", told(panels), SERIES, panels, NOTE)


def told(panels: Sequence[Panel]) -> str:
    """The same in words."""
    words = [
        f"{panel.head}: " + "; ".join(f"{bar.label} {bar.total:.2f} {panel.unit}" for bar in panel.bars)
        for panel in panels
    ]
    return ". ".join(words) + "."
