"""FER2013's CSV: rows of an emotion, 2304 pixels and a use, read one at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.datasets.errors import LayoutError
from training.datasets.pictures import pixels_of
from training.datasets.table import UNREADABLE, header_of, records
from training.datasets.tree import DEPTH, children, folders
from training.datasets.unknown_subjects import name_of

USES = {"training": "train", "publictest": "validation", "privatetest": "test"}
NEEDED = {"emotion", "pixels"}
WHOLE = re.compile(r"\.0+$")
"""Of numbers that a table program made decimal."""
TABLES = 50
"""A folder with more CSV files holds recordings, such as BioVid's biosignals, and is not searched."""


@dataclass(frozen=True)
class PixelRow:
    """number: from 0. emotion: as written. part: of a split, or empty. picture: unknown_subjects.name_of it, or empty.
    problem: why there is no picture, or empty."""

    number: int
    emotion: str
    part: str
    picture: str
    problem: str = ""


def find_csv(root: Path, needed: set[str], depth: int = DEPTH) -> list[Path]:
    """CSV files at or below root whose columns include `needed` (lower case), shallowest first."""
    found, level = [], [root]
    for _ in range(depth):
        below: list[Path] = []
        for folder in level:
            below += folders(folder).values()
            tables = [path for name, path in children(folder).items() if name.endswith(".csv")]
            if len(tables) <= TABLES:
                found += [path for path in tables if needed <= set(header_of(path))]
        level = below
    return found


def pixel_rows(path: Path) -> Iterator[PixelRow]:
    """Every row. Raises LayoutError: the file cannot be read as CSV."""
    try:
        for number, cells in enumerate(records(path)):
            yield _row(number, cells)
    except UNREADABLE as error:
        raise LayoutError(path, f"cannot be read as CSV: {error}") from error


def _row(number: int, cells: dict[str, str]) -> PixelRow:
    use = cells.get("usage", "").strip().lower()
    try:
        picture = name_of(pixels_of(cells.get("pixels", "")))
    except (ValueError, OverflowError) as error:
        return PixelRow(number, cells.get("emotion", ""), USES.get(use, ""), "", str(error))
    emotion = WHOLE.sub("", cells.get("emotion", "").strip())
    return PixelRow(number, emotion, USES.get(use, ""), picture)
