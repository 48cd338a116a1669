"""Horizontal stacked bars as a stand-alone SVG, for light and dark paper, with words for those who see neither."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

LEFT, RIGHT, WIDTH = 230, 96, 940
BAR, STEP, HEAD = 26, 38, 58
LIGHT = ("#2b6cb0", "#b4531f", "#2f7d5b", "#5b4ea3", "#8a6d00", "#667080")
DARK = ("#6fb1f0", "#f0915a", "#58b58c", "#a79bf0", "#d9b640", "#9aa7b5")
LETTER = 7.2  # about the width of one, 13 px

STYLE = """
    .paper { fill: #ffffff; } .grid { stroke: #d5dbe2; stroke-width: 1; } .axis { stroke: #8793a1; stroke-width: 1; }
    text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
    text { font-size: 13px; fill: #17202b; }
    .head { font-size: 16px; font-weight: 700; } .note, .tick { fill: #3c4653; font-size: 12px; }
    .label { text-anchor: end; } .tick, .inside { text-anchor: middle; } .inside { fill: #ffffff; font-size: 12px; }
    .total { font-weight: 600; } .waits { fill: #c9d1da; }"""
STYLE_DARK = """
      .paper { fill: #12171d; } .grid { stroke: #2b3540; } .axis { stroke: #6b7886; }
      text { fill: #eef2f6; } .note, .tick { fill: #bcc7d2; } .inside { fill: #10151a; }
      .waits { fill: #37424e; }"""


@dataclass(frozen=True)
class Bar:
    """parts: (series, value) from the left, values not negative."""

    label: str
    parts: tuple[tuple[str, float], ...]

    @property
    def total(self) -> float:
        return sum(value for _, value in self.parts)


@dataclass(frozen=True)
class Panel:
    """Bars on one scale. unit: written after values."""

    head: str
    unit: str
    bars: tuple[Bar, ...]


def figures(value: float) -> str:
    """Three figures, whole numbers from 100 on."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def chart(title: str, desc: str, series: Sequence[str], panels: Sequence[Panel], note: str) -> str:
    """The whole file. series: in the order of their colours, six at most; raises ValueError for more. note: below."""
    if len(series) > len(LIGHT):
        raise ValueError(f"{len(series)} series; {len(LIGHT)} can be told apart")
    body, y = [], 34
    body.append(f'<text class="head" x="20" y="{y}">{escape(title)}</text>')
    rows, y = _legend(series, y + 30)
    body += rows
    for panel in panels:
        rows, y = _panel(panel, series, y)
        body += rows
    body.append(f'<text class="note" x="20" y="{y + 16}">{escape(note)}</text>')
    return page(title, desc, y + 34, body)


def page(title: str, desc: str, height: int, body: Sequence[str]) -> str:
    """A file of such elements."""
    colours = "".join(f"\n    .s{i} {{ fill: {colour}; }}" for i, colour in enumerate(LIGHT))
    darks = "".join(f"\n      .s{i} {{ fill: {colour}; }}" for i, colour in enumerate(DARK))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-labelledby="title desc">\n  <title id="title">{escape(title)}</title>\n'
        f'  <desc id="desc">{escape(desc)}</desc>\n  <style>{STYLE}{colours}\n'
        f"    @media (prefers-color-scheme: dark) {{{STYLE_DARK}{darks}\n    }}\n  </style>\n"
        f'  <rect class="paper" width="{WIDTH}" height="{height}" rx="10"/>\n'
    )
    return head + "".join(f"  {line}\n" for line in body) + "</svg>\n"


def _legend(series: Sequence[str], y: int) -> tuple[list[str], int]:
    found, x = [], 20.0
    for index, name in enumerate(series):
        wide = 22 + LETTER * len(name) + 22
        if x + wide > WIDTH - 20:
            x, y = 20.0, y + 22
        found.append(f'<rect class="s{index}" x="{x:.0f}" y="{y - 11}" width="14" height="14" rx="3"/>')
        found.append(f'<text x="{x + 20:.0f}" y="{y + 1}">{escape(name)}</text>')
        x += wide
    return found, y + 12


def _panel(panel: Panel, series: Sequence[str], y: int) -> tuple[list[str], int]:
    top = y + HEAD - 14
    ticks, wide = scale(max((bar.total for bar in panel.bars), default=0.0))
    bottom = top + STEP * len(panel.bars)
    found = [f'<text class="head" x="20" y="{y + 32}">{escape(panel.head)}</text>']
    for tick in ticks:
        x = LEFT + tick * wide
        found.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}"/>')
        found.append(f'<text class="tick" x="{x:.1f}" y="{bottom + 16}">{tick:g}</text>')
    for row, bar in enumerate(panel.bars):
        found += _bar(bar, panel.unit, series, top + STEP * row + (STEP - BAR) // 2, wide)
    found.append(f'<line class="axis" x1="{LEFT}" x2="{LEFT}" y1="{top}" y2="{bottom}"/>')
    return found, bottom + 24


def _bar(bar: Bar, unit: str, series: Sequence[str], y: int, scale: float) -> list[str]:
    middle, x = y + BAR / 2 + 4.5, float(LEFT)
    found = [f'<text class="label" x="{LEFT - 10}" y="{middle}">{escape(bar.label)}</text>']
    for name, value in bar.parts:
        wide, text = value * scale, figures(value)
        words = f"<title>{escape(name)}: {text} {escape(unit)}</title>"
        found.append(
            f'<rect class="s{series.index(name)}" x="{x:.1f}" y="{y}" width="{max(wide - 1, 0.4):.1f}" '
            f'height="{BAR}">{words}</rect>'
        )
        if len(bar.parts) > 1 and wide > LETTER * len(text) + 10:
            found.append(f'<text class="inside" x="{x + wide / 2:.1f}" y="{middle}">{text}</text>')
        x += wide
    found.append(f'<text class="total" x="{x + 8:.1f}" y="{middle}">{figures(bar.total)} {escape(unit)}</text>')
    return found


def scale(most: float) -> tuple[list[float], float]:
    """(round ticks from 0 to at most `most`, pixels a unit)."""
    if most <= 0:
        return [0.0], 1.0
    rough = most / 5
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * nice for nice in (1, 2, 5, 10) if power * nice >= rough)
    return [step * index for index in range(int(most / step) + 1)], (WIDTH - LEFT - RIGHT) / most
