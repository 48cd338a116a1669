"""Photographs and recordings that a home took itself, without labels: a folder for each person.

    DIR/anna/2026-03-01.jpg  DIR/anna/morning.mp4  DIR/bela/1.png      who is seen is known: split by person
    DIR/1.jpg  DIR/2.jpg                                               who is seen is not known: split by picture

They are read only where `--photographs` says under which terms they were taken. Nothing says what a face shows, so that
nothing but `./run train adapt` takes what is prepared of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from training.datasets.errors import LayoutError, PictureError
from training.datasets.findings import Findings
from training.datasets.labels import UNLABELLED
from training.datasets.layout import Layout, ReadingOptions, SetCopy
from training.datasets.manifest import Sample
from training.datasets.pictures import frames_in, read_picture
from training.datasets.tree import PICTURES, VIDEOS, children, folders, inside
from training.datasets.unknown_subjects import name_of

TERMS = ("own", "home")
"""Licences under which a home may hold photographs: for networks that are given away, and for its own alone."""
EVERY = 25
"""Of a recording, one frame in so many: about one a second."""
SPLITTABLE = 3
"""Folders of people that training, validation and test need."""


def recognised(root: Path, terms: str) -> tuple[Layout, SetCopy]:
    """The layout of a folder of photographs held under one of TERMS.

    Raises:
        LayoutError: it is not there, or there is no picture and no recording in it.
    """
    if not root.is_dir():
        raise LayoutError(root, "no such folder")
    people = {name: folder for name, folder in folders(root).items() if next(_files(folder), None) is not None}
    if not people and next(_files(root), None) is None:
        wanted = f"a folder for each person, with files in it that end in {', '.join((*PICTURES, *VIDEOS))}"
        raise LayoutError(root, "holds no photographs. Looked for:", [wanted])
    known = len(people) >= SPLITTABLE
    facts = (f"folders of people: {len(people)}",)
    variant = () if known else (f"fewer than {SPLITTABLE} folders of people: split by picture",)
    found = SetCopy(root, {"people": people if known else {"": root}}, variant, facts)
    layout = Layout("photographs", "Photographs of your own, without labels", terms, UNLABELLED,
                    "photographs: named with --photographs", lambda _: None, partial(_load, terms=terms),
                    anonymous=not known)  # fmt: skip
    return layout, found


def _load(found: SetCopy, reading: ReadingOptions, findings: Findings, terms: str) -> list[Sample]:
    """Every picture, and of recordings every 25th frame or as reading says."""
    samples: list[Sample] = []
    if len(found.places["people"]) >= SPLITTABLE:
        for path in children(found.root).values():
            if path.is_file():
                findings.add("file beside the folders of people", path.name, left_out=True)
    for person, folder in found.places["people"].items():
        for path in _files(folder, findings):
            where = inside(found.root, path)
            try:
                if path.suffix.lower() in VIDEOS:
                    frames = range(0, frames_in(path), reading.every or EVERY)
                    samples += [_sample(where, person or where, frame, terms) for frame in frames]
                else:
                    samples.append(_sample(where, person or name_of(read_picture(path, where)), 0, terms))
            except PictureError as error:
                findings.add("picture that cannot be decoded", str(error), left_out=True)
    return samples


def _sample(where: str, who: str, frame: int, terms: str) -> Sample:
    return Sample(f"{where}#{frame}", who, where, frame, where, "", UNLABELLED, terms)


def _files(folder: Path, findings: Findings | None = None) -> Iterator[Path]:
    """Pictures and recordings in a folder and the folders in it, in order; what else is there is noticed."""
    for path in children(folder, findings).values():
        if path.is_dir():
            yield from _files(path, findings)
        elif path.suffix.lower() in (*PICTURES, *VIDEOS):
            yield path
        elif findings is not None:
            findings.add("file that is neither picture nor recording", path.name, left_out=True)
