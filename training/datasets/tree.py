"""Folders of published sets as they come out of archives: any case, roots inside roots, hidden litter."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from training.datasets.findings import Findings

LITTER = ("__macosx", "thumbs.db", "desktop.ini")
PICTURES = (".png", ".jpg", ".jpeg", ".bmp")
VIDEOS = (".mp4", ".avi", ".mov", ".mkv")
DEPTH = 5


def children(folder: Path, findings: Findings | None = None) -> dict[str, Path]:
    """What is in a folder, by lower-case name, in order; hidden files and archives' litter left out.

    Of names that differ in case only, the first is kept and the rest noticed.
    """
    return _named(folder, [path.name for path in folder.iterdir()], findings)


def folders(folder: Path, findings: Findings | None = None) -> dict[str, Path]:
    """The folders among children, by lower-case name."""
    with os.scandir(folder) as entries:  # tells folders from files without asking the disk for each
        return _named(folder, [entry.name for entry in entries if entry.is_dir()], findings)


def _named(folder: Path, names: Iterable[str], findings: Findings | None) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for name in sorted(names):
        if name.startswith(".") or name.lower() in LITTER:
            continue
        if name.lower() not in found:
            found[name.lower()] = folder / name
        elif findings is not None:
            findings.add("names that differ in case only: the first is used", f"{folder.name}/{name}", left_out=True)
    return found


def holders(root: Path, child: re.Pattern[str], depth: int = DEPTH) -> Iterator[Path]:
    """Folders at or below root, shallowest first, that hold a folder whose lower-case name matches child.

    Those are not searched further.
    """
    level = [root]
    for _ in range(depth):
        below: list[Path] = []
        for folder in level:
            found = folders(folder)
            if any(child.fullmatch(name) for name in found):
                yield folder
            else:
                below += found.values()
        level = below


def inside(root: Path, path: Path) -> str:
    """path relative to root with '/', as manifests write it."""
    return path.relative_to(root).as_posix()
