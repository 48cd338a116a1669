"""The frame of a report: one HTML file with its style inside, that loads nothing and runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files

DRAWN = (
    "This report is about drawn faces, of nobody. It says nothing about how the network reads real people, and it is "
    "no evidence for clinical use."
)
BY_FRAME = (
    "SPLIT BY FRAME: people in this set were also trained on. The network may know their faces; every figure below is "
    "too good to be expected on anybody new."
)
NOT_SHOWN = "It was not shown that the people in this set are new to the network; figures may be too good."


def document(title: str, about: str, banners: Sequence[tuple[str, bool]], body: Sequence[str]) -> str:
    """HTML.

    Args:
        title, about: words.
        banners: what must be read first, and whether it makes the figures worthless.
        body: HTML of the cards and sections.
    """
    style = files("training.evaluation").joinpath("page.css").read_text()
    warnings = "".join(
        f'<div class="banner{" bad" if bad else ""}"><p>{escape(words)}</p></div>' for words, bad in banners
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body>{warnings}"
        f'<header><h1>{escape(title)}</h1><p class="about">{escape(about)}</p></header>'
        f"<main>{''.join(body)}</main></body></html>\n"
    )


def banners(drawn: bool, split_by: str) -> list[tuple[str, bool]]:
    """What must be said before anything else."""
    found = [(DRAWN, False)] if drawn else []
    if split_by == "frame":
        found.append((BY_FRAME, True))
    elif split_by == "unknown":
        found.append((NOT_SHOWN, False))
    return found


def section(title: str, *inside: str) -> str:
    """A titled card."""
    return f"<section><h2>{escape(title)}</h2>{''.join(inside)}</section>"


def paragraph(words: str, kind: str = "") -> str:
    """Words, escaped."""
    return f'<p class="{kind}">{escape(words)}</p>' if kind else f"<p>{escape(words)}</p>"


def listed(lines: Sequence[str], kind: str = "") -> str:
    """A bulleted list of words."""
    return f'<ul class="{kind}">{"".join(f"<li>{escape(line)}</li>" for line in lines)}</ul>'


def figure(drawing: str, caption: str) -> str:
    """A drawing and what it shows."""
    return f"<figure>{drawing}<figcaption>{escape(caption)}</figcaption></figure>"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], words: Sequence[int] = ()) -> str:
    """Cells of text; the first column and those in `words` are to the left."""

    def cell(tag: str, column: int, text: str) -> str:
        return f"<{tag}{' class=words' if column in words else ''}>{escape(text)}</{tag}>"

    top = "".join(cell("th", column, text) for column, text in enumerate(head))
    lines = ("".join(cell("td", column, text) for column, text in enumerate(row)) for row in rows)
    return f'<div class="scroll"><table><tr>{top}</tr>{"".join(f"<tr>{line}</tr>" for line in lines)}</table></div>'


def card(value: str, words: str) -> str:
    """A figure to be seen first."""
    return f'<div class="card"><b>{escape(value)}</b><span>{escape(words)}</span></div>'


def beside(*inside: str) -> str:
    """Things side by side where there is room."""
    return f'<div class="beside">{"".join(f"<div>{one}</div>" for one in inside)}</div>'
