"""RAVDESS: acted emotions, spoken and sung (Livingstone and Russo, PLOS ONE 13(5), 2018; Zenodo 1188976).

    Actor_12/02-01-06-01-02-01-12.mp4
    modality (01 with sound, 02 without, 03 sound only) - voice (01 speech, 02 song) - emotion - intensity (01, 02)
    - statement (01, 02) - repetition (01, 02) - actor (01..24)

One frame in 15 is taken, and actors 8 and 15 are the test, as PPVC does (Pentyala, Dowsley, De Cock, ICML 2021). There
is no pain in it: it serves to train on emotions first, and as what is not pain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from training.datasets.errors import PictureError
from training.datasets.findings import Findings
from training.datasets.layout import Layout, ReadingOptions, SetCopy
from training.datasets.manifest import Sample
from training.datasets.pictures import frames_in
from training.datasets.tree import DEPTH, VIDEOS, children, folders, inside

NAME = re.compile(r"(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)")
ACTOR = re.compile(r"actor_?(\d\d)")
CODES = {"01": "neutral", "02": "calm", "03": "happy", "04": "sad", "05": "angry", "06": "fear", "07": "disgust",
         "08": "surprise"}  # fmt: skip
SPOKEN_ONLY = ("disgust", "surprise")
EVERY = 15
ACTORS = 24


def probe(root: Path) -> SetCopy | None:
    """Files with seven numbers for a name, in folders of actors or not."""
    if not root.is_dir():
        return None
    files = list(_files(root, DEPTH))
    if not files:
        return None
    depths = {len(path.relative_to(root).parts) for path in files}
    without = sum(ACTOR.fullmatch(path.parent.name.lower()) is None for path in files)
    variant = []
    if without:
        variant.append(f"{without} files are not in a folder of their actor")
    if depths - {2}:
        variant.append("folders of actors inside other folders, as their archives unpack" if max(depths) > 2 else
                       "all files in one folder")  # fmt: skip
    return SetCopy(root, {"files": files}, tuple(variant))


def load(found: SetCopy, reading: ReadingOptions, findings: Findings) -> list[Sample]:
    """One frame in `every` of every recording with pictures; a recording that is there twice counts once."""
    every = reading.every or EVERY
    samples: list[Sample] = []
    seen: dict[tuple[str, ...], str] = {}
    files: list[Path] = found.places["files"]
    for path in sorted(files, key=lambda path: (path.stem, path.as_posix())):  # with sound before without
        where = inside(found.root, path)
        codes = _codes(path, where, reading, findings)
        if codes is None:
            continue
        if codes in seen:
            findings.add("recording that is there twice: one is used", f"{where}, {seen[codes]}", left_out=True)
            continue
        try:
            count = frames_in(path)
        except PictureError as error:
            findings.add("video that cannot be decoded", f"{where} ({error.problem})", left_out=True)
            continue
        seen[codes] = where
        label, actor = CODES[codes[1]], f"actor-{codes[-1]}"
        for frame in range(0, count, every):
            name = f"ravdess/{path.stem}/{frame:05d}"
            samples.append(Sample(name, actor, path.stem, frame, where, label, "emotion", "ravdess"))
    return samples


def _codes(path: Path, where: str, reading: ReadingOptions, findings: Findings) -> tuple[str, ...] | None:
    """What a name says without its modality, or None for what is not trained on (noticed)."""
    match = NAME.fullmatch(path.stem)
    if match is None:
        return None
    modality, *codes = match.groups()
    voice, emotion, intensity, _, _, actor = codes
    folder = ACTOR.fullmatch(path.parent.name.lower())
    problem = None
    if path.suffix.lower() not in VIDEOS or modality == "03":
        problem = "sound without pictures"
    elif (modality not in ("01", "02") or voice not in ("01", "02") or emotion not in CODES
          or not 1 <= int(actor) <= ACTORS):  # fmt: skip
        problem = "name with a number that has no meaning"
    elif (CODES[emotion] == "neutral" and intensity == "02") or (voice == "02" and CODES[emotion] in SPOKEN_ONLY):
        problem = "name of a recording that the set does not have"
    elif folder is not None and folder[1] != actor:
        problem = "recording in the folder of another actor"
    elif voice == "02" and not reading.songs:
        problem = "sung recording: --songs takes them"
    if problem is not None:
        findings.add(problem, where, left_out=True)
        return None
    return tuple(codes)


def _files(folder: Path, depth: int) -> Iterator[Path]:
    for path in children(folder).values():
        if NAME.fullmatch(path.stem) and path.suffix.lower() in (*VIDEOS, ".wav"):
            yield path
    if depth > 1:
        for inner in folders(folder).values():
            yield from _files(inner, depth - 1)


LAYOUT = Layout(
    "ravdess", "RAVDESS, acted emotions", "ravdess", "emotion7",
    "RAVDESS: videos named like Actor_12/02-01-06-01-02-01-12.mp4",
    probe, load, test_subjects=("actor-08", "actor-15"), published={"subjects": 24},
)  # fmt: skip
