"""BioVid Heat Pain Database, part A (Walter et al., CYBCONF 2013): faces while heat of four strengths is applied.

    PartA/video/071309_w_21/071309_w_21-BL1-081.mp4            subject - class - trial; 5.5 s at 25 frames a second
    PartA/biosignals_raw/..._bio.csv                           not read
    PartA/starting_point/samples.csv                           tab separated: subject_name, class_name, sample_name, ...

The label is what was applied (BL1 nothing, PA1..PA4), not what a face shows: people who hardly respond are in it.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

from training.datasets.errors import PictureError
from training.datasets.findings import Findings
from training.datasets.labels import HEAT
from training.datasets.layout import Layout, ReadingOptions, SetCopy
from training.datasets.manifest import Sample
from training.datasets.pictures import frames_in
from training.datasets.tree import VIDEOS, children, folders, holders, inside

SUBJECT = re.compile(r"\d{6}_[wm]_\d{2}")
CLIP = re.compile(r"(\d{6}_[wm]_\d{2})-([a-z]{2}\d)-(\d{3})")
EVERY = 25
TRIALS = 20
PUBLISHED = "PartA/video"


def probe(root: Path) -> SetCopy | None:
    """A folder of subjects with videos, in a part that is not B to D."""
    if not root.is_dir():
        return None
    places: dict[str, Path] = {}
    variant: list[str] = []
    facts: list[str] = []
    for holder in holders(root, SUBJECT):
        where = inside(root, holder)
        part = re.search(r"part[ _-]?([a-e])", where, re.I)
        if not _has_videos(holder):
            facts.append(f"{where}, not read")
        elif part is not None and part[1].lower() != "a":
            variant.append(f"{where} is another part, not read")
        elif "video" in places:
            variant.append(f"a second folder of videos, {where}, is not read")
        else:
            places["video"] = holder
            if where != PUBLISHED:
                variant.append(f"videos at {where}, not {PUBLISHED}")
    if "video" not in places:
        return None
    listing = _listing(places["video"].parent)
    if listing is None:
        variant.append("no starting_point/samples.csv")
    else:
        places["samples"] = listing
    return SetCopy(root, places, tuple(variant), tuple(facts))


def load(found: SetCopy, reading: ReadingOptions, findings: Findings) -> list[Sample]:
    """One frame in `every` of each clip, compared with samples.csv where there is one."""
    every = reading.every or EVERY
    listed = _listed(found.places["samples"], findings) if "samples" in found.places else None
    samples: list[Sample] = []
    clips: Counter[tuple[str, str]] = Counter()
    names: set[str] = set()
    for subject, folder in folders(found.places["video"], findings).items():
        if not SUBJECT.fullmatch(subject):
            findings.add("folder that is not named like a subject", inside(found.root, folder), left_out=True)
            continue
        for path in children(folder, findings).values():
            where = inside(found.root, path)
            label = _label(path, subject, where, findings)
            if label is None:
                continue
            try:
                count = frames_in(path)
            except PictureError as error:
                findings.add("video that cannot be decoded", f"{where} ({error.problem})", left_out=True)
                continue
            name = path.stem.lower()
            names.add(name)
            clips[subject, label] += 1
            if listed is not None and name not in listed:
                findings.add("video that samples.csv does not list", where)
            for frame in range(0, count, every):
                name = f"biovid/{path.stem}/{frame:05d}"
                samples.append(Sample(name, subject, path.stem, frame, where, label, "heat", "biovid"))
    for name in sorted((listed or set()) - names):
        findings.add("sample of samples.csv without a video", name, left_out=True)
    for (subject, label), count in sorted(clips.items()):
        if count != TRIALS:
            findings.add(f"class of a subject with other than {TRIALS} clips", f"{subject} {label}: {count}")
    return samples


def _label(path: Path, subject: str, where: str, findings: Findings) -> str | None:
    match = CLIP.fullmatch(path.stem.lower())
    if path.suffix.lower() not in VIDEOS or match is None:
        findings.add("file that is no clip", where, left_out=True)
    elif match[1] != subject:
        findings.add("clip in the folder of another subject", where, left_out=True)
    elif match[2].upper() not in HEAT:
        findings.add("clip of an unknown class", where, left_out=True)
    else:
        return match[2].upper()
    return None


def _has_videos(holder: Path) -> bool:
    return any(path.suffix.lower() in VIDEOS for folder in folders(holder).values()
               for path in children(folder).values())  # fmt: skip


def _listing(part: Path) -> Path | None:
    folder = folders(part).get("starting_point")
    return children(folder).get("samples.csv") if folder is not None else None


def _listed(path: Path, findings: Findings) -> set[str]:
    """The names of samples.csv, lower case; a row whose class contradicts its name is noticed."""
    names: set[str] = set()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(csv.DictReader(file, delimiter="\t"), 2):
                name = (row.get("sample_name") or "").strip().lower()
                match = CLIP.fullmatch(name)
                if match is None or match[2].upper() != (row.get("class_name") or "").strip().upper():
                    findings.add("row of samples.csv that cannot be used", f"{path.name}:{number}")
                    continue
                names.add(name)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        findings.add("samples.csv cannot be read", f"{path.name} ({error})")
    return names


LAYOUT = Layout(
    "biovid", "BioVid Heat Pain Database, part A", "biovid", "heat5",
    "BioVid part A: clips named like PartA/video/071309_w_21/071309_w_21-BL1-081.mp4",
    probe, load, published={"subjects": 87},
)  # fmt: skip
