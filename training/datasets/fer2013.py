"""FER2013: emotions on pictures from the web, 48x48 grey (Goodfellow et al., ICONIP 2013).

    fer2013.csv (or icml_face_data.csv)    emotion,pixels,Usage
    train/happy/Training_123.jpg  test/happy/PublicTest_123.jpg      copies in folders

Emotions are 0 angry, 1 disgust, 2 fear, 3 happy, 4 sad, 5 surprise, 6 neutral; in other copies 4 neutral, 5 sad,
6 surprise. Surprise is the rarest of the three by far, which tells them apart where there are rows enough.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from training.datasets.errors import PictureError
from training.datasets.findings import Findings
from training.datasets.layout import Layout, ReadingOptions, SetCopy
from training.datasets.manifest import Sample
from training.datasets.pictures import CSV_SIDE_PX, read_picture
from training.datasets.pixel_rows import NEEDED, PixelRow, find_csv, pixel_rows
from training.datasets.table import written_as
from training.datasets.tree import PICTURES, children, folders, holders, inside
from training.datasets.unknown_subjects import in_one_part, name_of

FIRST = ("angry", "disgust", "fear", "happy")
ORDERS = {"sad-surprise-neutral": (*FIRST, "sad", "surprise", "neutral"),
          "neutral-sad-surprise": (*FIRST, "neutral", "sad", "surprise")}  # fmt: skip
PUBLISHED_ORDER = "sad-surprise-neutral"
ENOUGH = 500
"""Rows from which on the order is told by counts."""
FOLDERS = {"angry": "angry", "anger": "angry", "disgust": "disgust", "disgusted": "disgust", "fear": "fear",
           "fearful": "fear", "happy": "happy", "happiness": "happy", "sad": "sad", "sadness": "sad",
           "surprise": "surprise", "surprised": "surprise", "neutral": "neutral"}  # fmt: skip
PARTS = {"train": "train", "training": "train", "valid": "validation", "validation": "validation", "val": "validation",
         "publictest": "validation", "test": "test", "privatetest": "test"}  # fmt: skip
PREFIX = re.compile(r"(training|publictest|privatetest)_", re.I)


def probe(root: Path) -> SetCopy | None:
    """A CSV with the columns emotion and pixels, without FER+'s beside it; or folders of 48x48 pictures."""
    if not root.is_dir() or find_csv(root, {"nf", "unknown", "contempt"}):
        return None
    tables = find_csv(root, NEEDED)
    if tables:
        variant = [] if inside(root, tables[0]) == "fer2013.csv" else [f"the CSV is {inside(root, tables[0])}"]
        written = written_as(tables[0])
        variant += [f"the CSV is written {written}"] * bool(written)
        variant += [f"a second CSV, {inside(root, other)}, is not read" for other in tables[1:]]
        return SetCopy(root, {"csv": tables[0]}, tuple(variant))
    places = [holder for holder in holders(root, re.compile("|".join(FOLDERS))) if _is_small(holder)]
    return SetCopy(root, {"folders": places}, ("pictures in folders of emotions",)) if places else None


def load(found: SetCopy, reading: ReadingOptions, findings: Findings) -> list[Sample]:
    """Every picture with an emotion; one that is in two parts stays in the test, else in validation."""
    samples = _from_csv(found, reading, findings) if "csv" in found.places else _from_folders(found, findings)
    return in_one_part(list(samples), findings)


def _from_csv(found: SetCopy, reading: ReadingOptions, findings: Findings) -> Iterator[Sample]:
    path: Path = found.places["csv"]
    where = inside(found.root, path)
    rows: list[PixelRow] = []
    for row in pixel_rows(path):
        if row.problem:
            findings.add("row without a picture", f"{where} row {row.number} ({row.problem})", left_out=True)
        elif not re.fullmatch("[0-6]", row.emotion):
            findings.add("row without an emotion 0..6", f"{where} row {row.number}", left_out=True)
        else:
            rows.append(row)
    order = ORDERS[reading.emotions or _order(rows, findings)]
    for row in rows:
        yield Sample(f"fer2013/{row.number:05d}", row.picture, f"row{row.number:05d}", row.number, where,
                     order[int(row.emotion)], "emotion", "fer2013", row.part)  # fmt: skip


def _order(rows: list[PixelRow], findings: Findings) -> str:
    counts = Counter(row.emotion for row in rows)
    rarest = min("456", key=lambda code: counts[code])
    told = {"5": "sad-surprise-neutral", "6": "neutral-sad-surprise"}.get(rarest)
    if len(rows) < ENOUGH or told is None:
        findings.add(f"whether 4, 5, 6 mean {PUBLISHED_ORDER} cannot be told by counts: taken so; --emotions decides")
        return PUBLISHED_ORDER
    if told != PUBLISHED_ORDER:
        findings.add(f"emotions 4, 5, 6 read as {told}, by their counts; --emotions decides otherwise")
    return told


def _from_folders(found: SetCopy, findings: Findings) -> Iterator[Sample]:
    for holder in found.places["folders"]:
        for name, folder in folders(holder, findings).items():
            if name not in FOLDERS:
                findings.add("folder that is not named after an emotion", inside(found.root, folder), left_out=True)
                continue
            for file_name, path in children(folder, findings).items():
                where = inside(found.root, path)
                if path.suffix.lower() not in PICTURES:
                    findings.add("file that is no picture", where, left_out=True)
                    continue
                try:
                    picture = name_of(read_picture(path, where))
                except PictureError as error:
                    findings.add("picture that cannot be decoded", str(error), left_out=True)
                    continue
                prefix = PREFIX.match(file_name)
                part = PARTS.get(prefix[1].lower() if prefix else holder.name.lower(), "")
                yield Sample(
                    f"fer2013/{where}", picture, path.stem, 0, where, FOLDERS[name], "emotion", "fer2013", part
                )


def _is_small(holder: Path) -> bool:
    """Whether the first picture in it is 48x48."""
    for folder in folders(holder).values():
        for path in children(folder).values():
            if path.suffix.lower() in PICTURES:
                try:
                    return read_picture(path, path.name).shape[:2] == (CSV_SIDE_PX, CSV_SIDE_PX)
                except PictureError:
                    continue
    return False


LAYOUT = Layout(
    "fer2013", "FER2013, emotions on pictures from the web", "fer2013", "emotion7",
    "FER2013: a CSV with the columns emotion, pixels, Usage; or folders train/happy and so on of 48x48 pictures",
    probe, load, anonymous=True, published={"samples": 35887},
)  # fmt: skip
