"""The pages of the repository as text, and their parts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MANUALS = tuple(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))
PAGES = ("README.md", "ARCHITECTURE.md", "SECURITY.md", "CONTRIBUTING.md", *MANUALS)
TEXTS = {name: (ROOT / name).read_text() for name in PAGES}

every_page = pytest.mark.parametrize("name", PAGES)


def section(name: str, heading: str) -> str:
    """What stands under a page's heading of the second rank. Raises IndexError: it has none such."""
    return TEXTS[name].split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def one_line(text: str) -> str:
    """With single blanks for all white space."""
    return re.sub(r"\s+", " ", text)
