"""UNBC-McMaster Shoulder Pain Expression Archive (Lucey, Cohn, Prkachin, Solomon, Matthews, FG 2011).

    Images/042-ll042/ll042t1aaaff/ll042t1aaaff001.png
    Frame_Labels/PSPI/042-ll042/ll042t1aaaff/ll042t1aaaff001_facs.txt     the PSPI of the frame
    Frame_Labels/FACS/042-ll042/ll042t1aaaff/ll042t1aaaff001_facs.txt     its action units; empty: none
    AAM_landmarks/..._aam.txt    Sequence_Labels/{AFF,OPR,SEN,VAS}/042-ll042/ll042t1aaaff.txt

Copies nest these folders otherwise, write them in other cases, and hold .jpg: each folder of subjects is told by the
nearest name above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from training.datasets.errors import LayoutError
from training.datasets.facs import number_in, pspi_in, pspi_of, units_of
from training.datasets.findings import Findings
from training.datasets.layout import Layout, ReadingOptions, SetCopy
from training.datasets.manifest import Sample
from training.datasets.tree import PICTURES, children, folders, holders, inside

SUBJECT = re.compile(r"\d{3}-([a-z]{2}\d{3})")
ROLES = {"images": "images", "pspi": "PSPI", "facs": "FACS", "aam_landmarks": "AAM landmarks", "aff": "AFF",
         "opr": "OPR", "sen": "SEN", "vas": "VAS"}  # fmt: skip
PUBLISHED = {"images": "Images", "pspi": "Frame_Labels/PSPI", "facs": "Frame_Labels/FACS"}
SEQUENCE_LABELS = ("aff", "opr", "sen", "vas")
SUFFIX = {"pspi": "_facs.txt", "facs": "_facs.txt"}


def probe(root: Path) -> SetCopy | None:
    """A folder of subjects named Images (or one with pictures in it), and what labels lie beside it."""
    places: dict[str, Path] = {}
    variant: list[str] = []
    for holder in holders(root, SUBJECT):
        role = _role(root, holder)
        if role is None:
            continue
        where = inside(root, holder)
        if role in places:
            variant.append(f"a second {ROLES[role]} at {where}; {inside(root, places[role])} is used")
            continue
        places[role] = holder
        if where != PUBLISHED.get(role, where):
            variant.append(f"{ROLES[role]} at {where}, not {PUBLISHED[role]}")
    if "images" not in places:
        return None
    variant += [f"no {ROLES[role]} files" for role in ("pspi", "facs") if role not in places]
    facts = [f"{ROLES[role]} at {inside(root, places[role])}" for role in ("aam_landmarks", *SEQUENCE_LABELS)
             if role in places]  # fmt: skip
    return SetCopy(root, places, tuple(variant), tuple(facts))


def load(found: SetCopy, reading: ReadingOptions, findings: Findings) -> list[Sample]:
    """Every labelled frame.

    Raises:
        LayoutError: there are pictures but no labels of the wanted kind.
    """
    if "pspi" not in found.places and "facs" not in found.places:
        raise LayoutError(found.root, "pictures of UNBC-McMaster without labels; looked for",
                          ["Frame_Labels/PSPI", "Frame_Labels/FACS", "either of them in any folder"])  # fmt: skip
    if reading.labels == "facs" and "facs" not in found.places:
        raise LayoutError(found.root, "labels from action units need Frame_Labels/FACS, which is not there")
    samples: list[Sample] = []
    for subject_name, subject in _subjects(found.places["images"], findings):
        for name, sequence in folders(subject, findings).items():
            if not name.startswith(subject_name):
                findings.add("sequence named after another subject than its folder", inside(found.root, sequence),
                            left_out=True)  # fmt: skip
                continue
            samples += _sequence(found, reading, findings, subject_name, subject.name.lower(), sequence)
            _check_sequence_labels(found, findings, subject.name.lower(), name)
    return samples


def _subjects(images: Path, findings: Findings) -> Iterator[tuple[str, Path]]:
    for name, folder in folders(images, findings).items():
        match = SUBJECT.fullmatch(name)
        if match:
            yield match[1], folder
        else:
            findings.add("folder that is not named like a subject", folder.name, left_out=True)


def _sequence(
    found: SetCopy, reading: ReadingOptions, findings: Findings, subject: str, folder: str, sequence: Path
) -> Iterator[Sample]:
    name = sequence.name.lower()
    labels = {role: _label_files(found, role, folder, name) for role in ("pspi", "facs")}
    if not any(labels.values()):
        findings.add("sequence without labels", inside(found.root, sequence), left_out=True)
        return
    numbers: dict[int, str] = {}
    for file_name, path in children(sequence, findings).items():
        where = inside(found.root, path)
        stem, suffix = Path(file_name).stem, path.suffix.lower()
        number = re.fullmatch(re.escape(name) + r"[_-]?(\d{1,5})", stem)
        if suffix not in PICTURES:
            findings.add("file that is no picture", where, left_out=True)
        elif not number:
            findings.add("picture not named after its sequence", where, left_out=True)
        elif int(number[1]) in numbers:
            findings.add("picture whose frame is there already", where, left_out=True)
        else:
            numbers[int(number[1])] = stem
            label = _label(labels, stem, reading, findings, where)
            if label is not None:
                frame = int(number[1])
                yield Sample(f"unbc-mcmaster/{name}/{frame:05d}", subject, name, frame, where, str(label), "pspi",
                             "unbc-mcmaster")  # fmt: skip
    _missing(labels, set(numbers.values()), findings, name)
    if not numbers:
        findings.add("sequence without pictures", inside(found.root, sequence))


def _label(
    labels: dict[str, dict[str, Path]], stem: str, reading: ReadingOptions, findings: Findings, where: str
) -> int | None:
    """The PSPI of a frame, from the file the user prefers; the other one must agree."""
    scores: dict[str, int] = {}
    for role, read in (("pspi", pspi_in), ("facs", lambda path: _scored(path, findings, where))):
        path = labels[role].get(stem)
        if path is None:
            if labels[role]:
                findings.add(f"picture without a {ROLES[role]} file", where)
            continue
        try:
            scores[role] = read(path)
        except (ValueError, OSError) as error:
            findings.add(f"{ROLES[role]} file that cannot be used", f"{where} ({error})")
    if len(scores) == 2 and scores["pspi"] != scores["facs"]:
        findings.add("PSPI file and action units disagree", f"{where} ({scores['pspi']}, {scores['facs']})")
    wanted = [reading.labels] if reading.labels == "facs" else ["pspi", "facs"]
    chosen = next((scores[role] for role in wanted if role in scores), None)
    if chosen is None:
        findings.add("picture without a label", where, left_out=True)
    return chosen


def _scored(path: Path, findings: Findings, where: str) -> int:
    units = units_of(path)
    if not units:
        findings.add("empty FACS file: no action unit, so PSPI 0", where)
    return pspi_of(units)


def _label_files(found: SetCopy, role: str, folder: str, sequence: str) -> dict[str, Path]:
    """Stem of the picture, lower case, to its label file."""
    place: Path | None = found.places.get(role)
    for name in (folder, sequence):
        place = folders(place).get(name) if place is not None else None
    if place is None:
        return {}
    suffix = SUFFIX[role]
    return {name.removesuffix(suffix): path for name, path in children(place).items() if name.endswith(suffix)}


def _missing(labels: dict[str, dict[str, Path]], stems: set[str], findings: Findings, sequence: str) -> None:
    for stem in sorted({stem for files in labels.values() for stem in files} - stems):
        findings.add("labels without a picture", f"{sequence}/{stem}", left_out=True)


def _check_sequence_labels(found: SetCopy, findings: Findings, folder: str, sequence: str) -> None:
    """Sequence labels are not trained on; that they can be read is told all the same."""
    for role in SEQUENCE_LABELS:
        if role not in found.places:
            continue
        subject = folders(found.places[role]).get(folder)
        path = children(subject).get(sequence + ".txt") if subject is not None else None
        if path is None:
            findings.add(f"sequence without {ROLES[role]}", sequence)
            continue
        try:
            number_in(path)
        except (ValueError, OSError) as error:
            findings.add(f"{ROLES[role]} file that cannot be used", f"{sequence} ({error})")


def _role(root: Path, holder: Path) -> str | None:
    """By the nearest name above its subjects; where none tells, by whether pictures lie in it."""
    names = [part.lower() for part in (root.name, *holder.relative_to(root).parts)]
    told = next((name for name in reversed(names) if name in ROLES), None)
    if told is not None:
        return told
    for subject in folders(holder).values():
        for sequence in folders(subject).values():
            if any(Path(name).suffix in PICTURES for name in children(sequence)):
                return "images"
    return None


LAYOUT = Layout(
    "unbc-mcmaster", "UNBC-McMaster Shoulder Pain Expression Archive", "unbc-mcmaster", "pspi4",
    "UNBC-McMaster: a folder Images with folders like 042-ll042, and Frame_Labels/PSPI or Frame_Labels/FACS",
    probe, load, published={"subjects": 25, "sequences": 200, "samples": 48398},
)  # fmt: skip
