"""Drawings for the report: SVG text whose colours are the page's, so that they follow light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

Margin = tuple[int, int, int, int]


class Canvas:
    """SVG elements over a plot area whose corner is (0, 0) and (1, 1), y upward."""

    def __init__(self, width: int, height: int, title: str, margin: Margin = (10, 14, 42, 50)) -> None:
        """margin: top, right, bottom, left, pixels."""
        self.top, right, bottom, self.left = margin
        self.size = (width, height)
        self.w, self.h = width - self.left - right, height - self.top - bottom
        self.title = title
        self.parts: list[str] = []

    def x(self, part: float) -> float:
        """Pixels of a part of the width."""
        return round(self.left + part * self.w, 2)

    def y(self, part: float) -> float:
        """Pixels of a part of the height, from below."""
        return round(self.top + (1 - part) * self.h, 2)

    def line(self, points: Sequence[tuple[float, float]], kind: str) -> None:
        """A polyline through parts."""
        text = " ".join(f"{self.x(x)},{self.y(y)}" for x, y in points)
        self.parts.append(f'<polyline class="{kind}" points="{text}"/>')

    def box(self, x: float, y: float, width: float, height: float, kind: str, style: str = "") -> None:
        """A rectangle from its lower left corner."""
        place = f'x="{self.x(x)}" y="{self.y(y + height)}" width="{width * self.w:.2f}" height="{height * self.h:.2f}"'
        self.parts.append(f'<rect class="{kind}" {place}' + (f' style="{style}"' if style else "") + "/>")

    def dot(self, x: float, y: float, radius: float, kind: str) -> None:
        """A disc."""
        self.parts.append(f'<circle class="{kind}" cx="{self.x(x)}" cy="{self.y(y)}" r="{radius:.1f}"/>')

    def text(self, x: float, y: float, words: str, kind: str = "", dx: float = 0, dy: float = 0) -> None:
        """Words at parts, moved by pixels."""
        place = f'x="{self.x(x) + dx:.2f}" y="{self.y(y) + dy:.2f}"'
        self.parts.append(f'<text class="{kind}" {place}>{escape(words)}</text>')

    def axes(self, horizontal: str, vertical: str, ticks: Sequence[float] = (0, 0.25, 0.5, 0.75, 1)) -> None:
        """Lines and numbers of a plot whose axes run from 0 to 1, and what they are."""
        for tick in ticks:
            self.line([(tick, 0), (tick, 1)], "grid")
            self.line([(0, tick), (1, tick)], "grid")
            self.text(tick, 0, f"{tick:g}", "tick middle", dy=15)
            self.text(0, tick, f"{tick:g}", "tick end", dx=-6, dy=4)
        self.text(0.5, 0, horizontal, "axis middle", dy=34)
        middle = self.top + self.h / 2
        self.parts.append(
            f'<text class="axis middle" transform="translate(13 {middle:.1f}) rotate(-90)">{escape(vertical)}</text>'
        )

    def svg(self) -> str:
        """The whole drawing."""
        width, height = self.size
        inside = "".join(self.parts)
        return (
            f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="{escape(self.title)}">'
            f"<title>{escape(self.title)}</title>{inside}</svg>"
        )


def confusion(
    counts: list[list[int]], names: Sequence[str], rows: str = "true level", columns: str = "estimated"
) -> str:
    """A table of counts as tiles, darker where a larger part of its row is."""
    levels = len(counts)
    canvas = Canvas(90 + 72 * levels, 56 + 56 * levels, f"{rows} against {columns}", (34, 6, 22, 84))
    for row, line in enumerate(counts):
        total = sum(line)
        canvas.text(0, 1 - (row + 0.5) / levels, names[row], "tick end", dx=-8, dy=4)
        for column, count in enumerate(line):
            part = count / total if total else 0.0
            place = (column / levels, 1 - (row + 1) / levels)
            colour = "var(--right)" if row == column else "var(--wrong)"
            shade = f"fill:{colour};fill-opacity:{0.06 + 0.84 * part if count else 0.03:.3f}"
            canvas.box(*place, 0.97 / levels, 0.96 / levels, "tile", shade)
            strong = "inverse" if part > 0.55 else ""
            canvas.text((column + 0.485) / levels, 1 - (row + 0.5) / levels, str(count), f"count middle {strong}", dy=1)
            if count:
                share = f"{100 * part:.0f} %"
                canvas.text((column + 0.485) / levels, 1 - (row + 0.5) / levels, share, f"tick middle {strong}", dy=16)
    for column, name in enumerate(names):
        canvas.text((column + 0.485) / levels, 1, name, "tick middle", dy=-6)
    canvas.text(0.5, 1, f"{columns} →", "axis middle", dy=-22)
    canvas.text(0, 0, f"{rows} ↑", "axis end", dx=-8, dy=16)
    return canvas.svg()


def roc(curves: Sequence[tuple[str, dict[str, list[float]] | None]]) -> str:
    """Curves with their names."""
    canvas = Canvas(330, 310, "Receiver operating characteristic")
    canvas.axes("false positives: calm called pain", "true positives: pain called pain")
    canvas.line([(0, 0), (1, 1)], "chance")
    shown = [(name, curve) for name, curve in curves if curve is not None]
    for index, (name, curve) in enumerate(shown):
        canvas.line(list(zip(curve["false_positive"], curve["true_positive"], strict=True)), f"curve c{index}")
        y = 0.06 + 0.075 * (len(shown) - 1 - index)
        canvas.line([(0.36, y), (0.43, y)], f"curve c{index}")
        canvas.text(0.45, y, name, "tick", dy=4)
    return canvas.svg()


def reliability(bins: Sequence[dict[str, Any]]) -> str:
    """Accuracy against confidence, a disc for each bin, as large as it has crops; the step below is their share."""
    canvas = Canvas(330, 310, "Reliability diagram")
    canvas.axes("confidence of the answer", "part of such answers that is right")
    canvas.line([(0, 0), (1, 1)], "chance")
    most = max(part["count"] for part in bins)
    for part in bins:
        place = (part["confidence"], part["accuracy"])
        canvas.line([(place[0], place[0]), place], "gap")
        canvas.dot(*place, 3 + 9 * (part["count"] / most) ** 0.5, "disc")
    return canvas.svg()


def people(accuracies: Sequence[float]) -> str:
    """Everybody's accuracy, the lowest first."""
    canvas = Canvas(690, 210, "Accuracy of each person")
    count = len(accuracies)
    for tick in (0, 0.25, 0.5, 0.75, 1):
        canvas.line([(0, tick), (1, tick)], "grid")
        canvas.text(0, tick, f"{100 * tick:.0f} %", "tick end", dx=-6, dy=4)
    for index, value in enumerate(accuracies):
        kind = "bar" if value >= 0.75 else "bar low"
        canvas.box(index / count, 0, min(0.85 / count, 0.1), max(value, 0.004), kind)
    canvas.text(0.5, 0, f"each of {count} people, the lowest first", "axis middle", dy=20)
    return canvas.svg()


def groups(rows: Sequence[dict[str, Any]]) -> str:
    """Accuracy of each group with its interval."""
    canvas = Canvas(690, 46 + 26 * len(rows), "Accuracy by group", (8, 20, 34, 210))
    floor = min([0.9] + [row["interval"][0] if row["interval"] else row["accuracy"] for row in rows])
    floor = max(0.0, int(floor * 10 - 0.001) / 10)
    for step in range(6):
        value = floor + (1 - floor) * step / 5
        canvas.line([(step / 5, 0), (step / 5, 1)], "grid")
        canvas.text(step / 5, 0, f"{100 * value:.0f} %", "tick middle", dy=16)
    for index, row in enumerate(rows):
        y = 1 - (index + 0.5) / len(rows)
        canvas.text(0, y, f"{row['kind']}: {row['group']} ({row['people']})", "tick end", dx=-10, dy=4)
        if row["interval"]:
            low, high = ((value - floor) / (1 - floor) for value in row["interval"])
            canvas.line([(low, y), (high, y)], "whisker")
        canvas.dot((row["accuracy"] - floor) / (1 - floor), y, 5, "disc")
    return canvas.svg()
