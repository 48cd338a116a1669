"""Writes which layers and functions compile into a page, between its marks: `python -m snni.compile.supported FILE`."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path

from snni.compile.torch_functions import FUNCTIONS, IN_ORDER, MOVING
from snni.compile.torch_layers import supported_layers
from snni.errors import ParameterError

BEGIN, END = "<!-- supported:begin -->", "<!-- supported:end -->"
WIDTH = 120
PAGE = Path(__file__).resolve().parents[2] / "docs" / "provider.md"


def paragraphs() -> str:
    """What is read, in Markdown."""
    layers = f"**Supported layers** (of `torch.nn`): {_listed(supported_layers())}."
    functions = (
        f"**Supported functions and methods**: {_listed(sorted(FUNCTIONS))}, with the operators "
        "`+`, `-`, `*`, `/`, `@`; and those that only move whole channels, choose or repeat them, choose rows and "
        f"columns at regular distances, or drop axes: {_listed(sorted(IN_ORDER | MOVING))}."
    )
    return "\n\n".join(textwrap.fill(text, WIDTH, break_on_hyphens=False) for text in (layers, functions))


def written(page: str) -> str:
    """The page with that between its marks. Raises ParameterError: it has not each of them once."""
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise ParameterError(f"the page needs {BEGIN} and {END} once each")
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n{paragraphs()}\n{END}{rest.split(END)[1]}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def main(arguments: list[str]) -> None:
    """Write the page; the provider's where none is named."""
    path = Path(arguments[0]) if arguments else PAGE
    path.write_text(written(path.read_text()))


if __name__ == "__main__":
    main(sys.argv[1:])
