"""The texts of the scripts: the pages send them along in their language."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_file

STATIC = Path(__file__).parents[1] / "static"


@cache
def script_texts() -> tuple[str, ...]:
    """What the scripts say, each text once."""
    found: dict[str, None] = {}
    for path in sorted(STATIC.glob("*.js")):
        for _, text, _, _ in extract_from_file("javascript", path, keywords={"_": None}):
            found[str(text)] = None
    return tuple(found)
