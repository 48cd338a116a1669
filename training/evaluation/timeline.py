"""A drawing of one watched person: what was true, what was estimated, and when the ward would have been called."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from training.evaluation.plots import Canvas

TOP_LEVEL = 3


def timeline(shown: dict[str, Any], names: list[str]) -> str:
    """Of a sequence's t, true, estimated and alerts (see measure.replayed)."""
    canvas = Canvas(690, 190, "Levels of one person over time, and alerts", (10, 26, 40, 76))
    times = shown["t"]
    period = min((later - earlier for earlier, later in pairwise(times)), default=1.0)
    last = times[-1] + period

    def place(t: float, level: float) -> tuple[float, float]:
        return min(1.0, t / last), 0.06 + 0.8 * level / TOP_LEVEL

    for alert in shown["alerts"]:
        start, end = (min(1.0, alert[key] / last) for key in ("raised_s", "ended_s"))
        canvas.box(start, 0, max(end - start, 0.004), 1, "alert")
        canvas.text(start, 1, "alert", "tick", dx=4, dy=12)
    for level in range(TOP_LEVEL + 1):
        canvas.line([(0, place(0, level)[1]), (1, place(0, level)[1])], "grid")
        canvas.text(0, place(0, level)[1], names[level], "tick end", dx=-8, dy=4)
    steps = [place(t + edge, level) for t, level in zip(times, shown["true"], strict=True) for edge in (0, period)]
    canvas.line(steps, "truth")
    for t, level, true in zip(times, shown["estimated"], shown["true"], strict=True):
        canvas.dot(*place(t + period / 2, level), 3, "said" if level == true else "said miss")
    for minute in range(int(last / 60) + 1):
        canvas.text(60 * minute / last, 0, f"{minute} min", "tick middle", dy=16)
    canvas.text(0.5, 0, "line: true level; dots: estimated, red where they differ; shaded: an alert is open",
                "axis middle", dy=34)  # fmt: skip
    return canvas.svg()
