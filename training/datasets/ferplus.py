"""FER+: ten votes on each picture of FER2013 (Barsoum, Zhang, Canton Ferrer, Zhang, ICMI 2016).

    fer2013new.csv beside fer2013.csv     Usage,Image name,<8 emotions>,unknown,NF; rows in the order of fer2013.csv
    FER2013Train/label.csv                no header: fer0032220.png,"(0, 0, 48, 48)",<10 votes>; and the pictures

A single vote counts as a slip; the emotion is the one with more than half of the other votes. Where there is none, or
it is "unknown" or "no face", the picture is left out. This is the paper's majority voting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TypeVar

from training.datasets.errors import LayoutError, PictureError
from training.datasets.findings import Findings
from training.datasets.layout import Layout, ReadingOptions, SetCopy
from training.datasets.manifest import Sample
from training.datasets.pictures import read_picture
from training.datasets.pixel_rows import NEEDED, USES, find_csv, pixel_rows
from training.datasets.table import UNREADABLE, lines, records
from training.datasets.tree import children, folders, holders, inside
from training.datasets.unknown_subjects import in_one_part, name_of

T = TypeVar("T")
VOTED = ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt", "unknown", "no face")
"""Our names for the columns of votes, in their order."""
COLUMNS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "nf")
SETS = {"fer2013train": "train", "fer2013valid": "validation", "fer2013test": "test"}
LABELS = "label.csv"


def probe(root: Path) -> SetCopy | None:
    """Folders with a label.csv and pictures, or fer2013new.csv."""
    if not root.is_dir():
        return None
    tables = find_csv(root, {"nf", "unknown", "contempt"})
    for holder in holders(root, re.compile("|".join(SETS))):
        sets = [folder for name, folder in folders(holder).items() if name in SETS and LABELS in children(folder)]
        if any(name.endswith(".png") for folder in sets for name in children(folder)):
            return SetCopy(root, {"sets": sets}, (f"pictures in {', '.join(inside(root, one) for one in sets)}",))
    if not tables:
        return None
    pixels = find_csv(root, NEEDED)
    return SetCopy(root, {"votes": tables[0], "pixels": pixels[0] if pixels else None})


def load(found: SetCopy, reading: ReadingOptions, findings: Findings) -> list[Sample]:
    """Every picture that most agreed on.

    Raises:
        LayoutError: the votes are there but not FER2013's pixels, or the two files are of different sets.
    """
    samples = _from_sets(found, findings) if "sets" in found.places else _from_tables(found, findings)
    return in_one_part(list(samples), findings)


def vote(votes: Sequence[int]) -> str | None:
    """The emotion that ten votes (in the order of VOTED) agree on, or None.

    Raises:
        ValueError: there are not ten counts, none below 0.
    """
    if len(votes) != len(VOTED) or min(votes) < 0:
        raise ValueError("ten counts of votes are needed")
    counted = [count if count > 1 else 0 for count in votes]
    most = max(counted)
    if 2 * most <= sum(counted):
        return None
    return VOTED[counted.index(most)]


def _emotion(cells: Sequence[str], where: str, findings: Findings) -> str | None:
    try:
        found = vote([int(float(cell)) for cell in cells])
    except (ValueError, OverflowError) as error:
        findings.add("votes that cannot be used", f"{where} ({error})", left_out=True)
        return None
    if found is None:
        findings.add("picture on which no majority agrees", where, left_out=True)
    elif found in VOTED[-2:]:
        findings.add(f"picture that most call {found}", where, left_out=True)
        found = None
    return found


def _from_tables(found: SetCopy, findings: Findings) -> Iterator[Sample]:
    votes: Path = found.places["votes"]
    pixels: Path | None = found.places["pixels"]
    if pixels is None:
        raise LayoutError(found.root, "votes of FER+ without the pictures; looked for",
                          ["fer2013.csv (columns emotion, pixels, Usage) in the same folder or below"])  # fmt: skip
    where = inside(found.root, pixels)
    for row, cells in zip_longest(pixel_rows(pixels), _read(records, votes)):
        if row is None or cells is None:
            raise LayoutError(votes, f"has not as many rows as {where}: they are not of one set")
        if USES.get(cells.get("usage", "").strip().lower(), "") != row.part:
            raise LayoutError(votes, f"row {row.number} has another Usage than in {where}: their order differs")
        place = f"{where} row {row.number}"
        if row.problem:
            findings.add("row without a picture", f"{place} ({row.problem})", left_out=True)
            continue
        if not cells.get("image name", "").strip():
            findings.add("row without an image name", place)
        label = _emotion([cells.get(name, "") for name in COLUMNS], place, findings)
        if label is not None:
            yield Sample(f"ferplus/{row.number:05d}", row.picture, f"row{row.number:05d}", row.number, where, label,
                         "emotion", "fer2013", row.part)  # fmt: skip


def _read(rows: Callable[[Path], Iterator[T]], path: Path) -> Iterator[T]:
    try:
        yield from rows(path)
    except UNREADABLE as error:
        raise LayoutError(path, f"cannot be read as CSV: {error}") from error


def _from_sets(found: SetCopy, findings: Findings) -> Iterator[Sample]:
    for folder in found.places["sets"]:
        files = children(folder, findings)
        listed: set[str] = set()
        for line in _read(lines, files[LABELS]):
            if not line:
                continue
            listed.add(line[0].strip().lower())
            where = f"{inside(found.root, folder)}/{line[0].strip()}"
            path = files.get(line[0].strip().lower())
            if path is None:
                findings.add("labels without a picture", where, left_out=True)
                continue
            label = _emotion(line[2:], where, findings)
            if label is None:
                continue
            try:
                picture = name_of(read_picture(path, where))
            except PictureError as error:
                findings.add("picture that cannot be decoded", str(error), left_out=True)
                continue
            yield Sample(f"ferplus/{path.stem}", picture, path.stem, 0, inside(found.root, path), label, "emotion",
                         "fer2013", SETS[folder.name.lower()])  # fmt: skip
        for name in files:
            if name.endswith(".png") and name not in listed:
                findings.add("picture without votes", f"{inside(found.root, folder)}/{name}", left_out=True)


LAYOUT = Layout(
    "ferplus", "FER+, ten votes on each picture of FER2013", "fer2013", "emotion8",
    "FER+: fer2013new.csv beside fer2013.csv; or folders FER2013Train and so on, each with label.csv and pictures",
    probe, load, anonymous=True, published={},
)  # fmt: skip
