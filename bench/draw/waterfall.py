"""One inference as a waterfall: a row a step, in it the client's time above, the wire, the server's time below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from bench.draw.svg import LEFT, LETTER, RIGHT, WIDTH, figures, page, scale

SERIES = ("client works", "server works", "on the wire", "sends", "waits")
WORKS = {"client": "s0", "server": "s1"}
MOVES = {"sends": "s3", "receives": "waits"}
WIRE = "s2"
SUMMARY, ROW, BAR, THIN = 20, 24, 7, 4
WORDS = {"works": "works", "sends": "sends", "receives": "waits"}
NOTE = "Waiting is for the peer's work, for the link and for the bytes. Online, convolutions are the server's alone."


def waterfall(title: str, told: Mapping[str, Any]) -> str:
    """The whole file. told: as bench.costs.measure says."""
    whole = float(told["seconds"])
    ticks, wide = scale(whole)
    names = list(dict.fromkeys(span["step"] for span in _in_order(told["lanes"])))
    body = [f'<text class="head" x="20" y="34">{escape(title)}</text>', *_legend(58)]
    top = 92
    bottom = top + 3 * SUMMARY + 12 + ROW * len(names)
    for tick in ticks:
        x = LEFT + tick * wide
        body.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{top - 6}" y2="{bottom}"/>')
        body.append(f'<text class="tick" x="{x:.1f}" y="{bottom + 16}">{tick * 1e3:g} ms</text>')
    for row, lane in enumerate(("client", "on the wire", "server")):
        y = top + SUMMARY * row
        body.append(f'<text class="label total" x="{LEFT - 10}" y="{y + 12}">{lane}</text>')
        body += list(_lane(lane, told, y, BAR * 2, wide, None))
    for row, name in enumerate(names):
        y = top + 3 * SUMMARY + 12 + ROW * row
        body.append(f'<text class="label note" x="{LEFT - 10}" y="{y + 14}">{escape(name)}</text>')
        body += list(_lane("client", told, y, BAR, wide, name))
        body += list(_lane("on the wire", told, y + BAR + 1, THIN, wide, name))
        body += list(_lane("server", told, y + BAR + THIN + 2, BAR, wide, name))
        sent = sum(message["bytes"] for message in told["messages"] if message["step"] == name)
        if sent:
            body.append(f'<text class="note" x="{WIDTH - RIGHT + 8}" y="{y + 14}">{_size(sent)}</text>')
    body.append(f'<line class="axis" x1="{LEFT}" x2="{LEFT}" y1="{top - 6}" y2="{bottom}"/>')
    body.append(f'<text class="note" x="20" y="{bottom + 40}">{escape(NOTE)}</text>')
    return page(title, in_words(told), bottom + 58, body)


def in_words(told: Mapping[str, Any]) -> str:
    """The same for those who do not see it."""
    each = "; ".join(
        f"the {name} works {figures(told['works_s'][name] * 1e3)} ms, sends {figures(told['sends_s'][name] * 1e3)} ms, "
        f"waits {figures(told['receives_s'][name] * 1e3)} ms"
        for name in ("client", "server")
    )
    return (
        f"{figures(told['seconds'] * 1e3)} ms and {_size(told['bytes'])} in {len(told['messages'])} messages: {each}."
    )


def _in_order(lanes: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Mapping[str, Any]]:
    """Spans of both as they began, those first in which something is done: a step is waited for before it is due."""
    spans = [span for spans in lanes.values() for span in spans]
    return sorted(spans, key=lambda span: (span["kind"] == "receives", float(span["began"])))


def _lane(lane: str, told: Mapping[str, Any], y: int, high: int, wide: float, step: str | None) -> Iterator[str]:
    """Its bars, of one step or of all."""
    if lane == "on the wire":
        for message in told["messages"]:
            if step in (None, message["step"]):
                words = f"{message['step']}: {_size(message['bytes'])} from the {message['from']}"
                yield _bar(WIRE, message, y, high, wide, words)
        return
    for span in told["lanes"][lane]:
        if step in (None, span["step"]):
            style = MOVES.get(span["kind"], WORKS[lane])
            yield _bar(style, span, y, high, wide, f"{span['step']}: the {lane} {WORDS[span['kind']]}")


def _bar(style: str, span: Mapping[str, Any], y: int, high: int, wide: float, words: str) -> str:
    took = span["ended"] - span["began"]
    words = f"{words}, {figures(took * 1e3)} ms"
    return (
        f'<rect class="{style}" x="{LEFT + span["began"] * wide:.1f}" y="{y}" width="{max(took * wide, 0.3):.1f}" '
        f'height="{high}"><title>{escape(words)}</title></rect>'
    )


def _legend(y: int) -> list[str]:
    found, x = [], 20.0
    for name, style in zip(SERIES, ("s0", "s1", WIRE, "s3", "waits"), strict=True):
        found.append(f'<rect class="{style}" x="{x:.0f}" y="{y - 11}" width="14" height="14" rx="3"/>')
        found.append(f'<text x="{x + 20:.0f}" y="{y + 1}">{escape(name)}</text>')
        x += 44 + LETTER * len(name)
    return found


def _size(count: float) -> str:
    return f"{figures(count / 1e6)} MB" if count >= 1e5 else f"{figures(count / 1e3)} kB"
