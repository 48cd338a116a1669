"""Every layout that is known, and which of them a folder is."""

from __future__ import annotations

from pathlib import Path

from training.datasets import biovid, fer2013, ferplus, listed, ravdess, unbc
from training.datasets.errors import LayoutError
from training.datasets.layout import Layout, SetCopy
from training.datasets.pixel_rows import NEEDED, find_csv
from training.datasets.table import header_of
from training.datasets.tree import inside

TABLES_TOLD = 5

LAYOUTS: tuple[Layout, ...] = (
    unbc.LAYOUT, ravdess.LAYOUT, fer2013.LAYOUT, ferplus.LAYOUT, biovid.LAYOUT, listed.LAYOUT,
)  # fmt: skip


def recognise(root: Path) -> tuple[Layout, SetCopy]:
    """The layout that fits a folder (or a manifest's file). Where a manifest is, it alone decides.

    Raises:
        LayoutError: it is not there, or not one layout fits; says what was looked for.
    """
    if not root.exists():
        raise LayoutError(root, "no such folder")
    by_manifest = listed.LAYOUT.probe(root)
    if by_manifest is not None:
        return listed.LAYOUT, by_manifest
    if root.is_file():
        raise LayoutError(root, "is a file, but not a manifest; name a folder, or", [listed.LAYOUT.looked_for])
    fitting = [(layout, found) for layout in LAYOUTS if (found := layout.probe(root)) is not None]
    if len(fitting) > 1:
        titles = [f"{layout.title}: {layout.looked_for}" for layout, _ in fitting]
        raise LayoutError(root, "holds more than one data set; name the folder of one of them:", titles)
    if fitting:
        return fitting[0]
    what = "is not a data set that is known. Looked for, here and in the folders inside:"
    raise LayoutError(root, what, [*(layout.looked_for for layout in LAYOUTS), *_tables(root)])


def _tables(root: Path) -> list[str]:
    """The CSV files that were seen and are none of a known set, without a word of what is in them."""
    told = []
    for path in find_csv(root, set())[:TABLES_TOLD]:
        lacks = sorted(NEEDED - set(header_of(path)))
        why = f"has no column {' and no column '.join(lacks)}" if header_of(path) else "is neither UTF-8 nor UTF-16"
        told.append(f"(seen: {inside(root, path)}, a CSV, but it {why})")
    return told
