"""Clips named like BioVid's part A (see training.datasets.biovid), of drawn people."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from training.datasets.imitation.clip import write_clip
from training.datasets.imitation.subject import drawn_subject
from training.datasets.labels import HEAT
from training.synth.units import ActionUnits

ODDITIES = ("lower", "bare", "part-b", "unlisted", "lost", "broken", "misplaced", "biosignals")
SIZE = (180, 240)
RATE, HOLD = 25, 46
"""Three pictures of 46 frames: 138 frames, 5.5 s; of these 0, 25, ... 125 are taken."""
FRAMES_TAKEN = 6


def subject_name(number: int) -> str:
    """Like 071309_w_21, of nobody."""
    return f"01{number:02d}99_{'wm'[number % 2]}_{20 + number}"


def write_biovid(root: Path, subjects: int = 3, trials: int = 1, oddities: Collection[str] = ()) -> None:
    """Each subject has `trials` clips of each class.

    Args:
        oddities: "lower" writes partA, "bare" leaves out PartA and samples.csv; "part-b" adds a part B, "biosignals" a
            folder of them; "unlisted" keeps the first clip out of samples.csv, "lost" lists one that is not there,
            "broken" adds a clip of no bytes, "misplaced" one of another subject.

    Raises:
        ValueError: an oddity is unknown.
    """
    if not set(oddities) <= set(ODDITIES):
        raise ValueError(f"oddities are {', '.join(ODDITIES)}")
    part = root if "bare" in oddities else root / ("partA" if "lower" in oddities else "PartA")
    listed: list[str] = []
    for number in range(subjects):
        person, subject = drawn_subject(300 + number, SIZE, 110.0), subject_name(number)
        for index, heat in enumerate(HEAT):
            hurt = ActionUnits(au4=index, au7=index, au10=index)
            pictures = [person.picture(units, moment) for moment, units in enumerate((ActionUnits(), hurt, hurt))]
            for trial in range(1, trials + 1):
                clip = f"{subject}-{heat}-{trial:03d}"
                write_clip(part / "video" / subject / f"{clip}.mp4", pictures, HOLD, RATE)
                listed.append(clip)
    _add(root, part, listed, oddities)
    if "bare" not in oddities:
        _write_listing(part / "starting_point" / "samples.csv", listed)


def _add(root: Path, part: Path, listed: list[str], oddities: Collection[str]) -> None:
    first = part / "video" / subject_name(0)
    data = (first / f"{listed[0]}.mp4").read_bytes()
    if "broken" in oddities:
        (first / f"{subject_name(0)}-PA4-099.mp4").write_bytes(b"")
    if "misplaced" in oddities:
        (first / f"{subject_name(1)}-PA4-098.mp4").write_bytes(data)
    if "part-b" in oddities:
        other = root / "PartB" / "video" / subject_name(0)
        other.mkdir(parents=True)
        (other / f"{listed[0]}.mp4").write_bytes(data)
    if "biosignals" in oddities:
        signals = part / "biosignals_raw" / subject_name(0)
        signals.mkdir(parents=True)
        (signals / f"{listed[0]}_bio.csv").write_text("time\tgsr\tecg\temg_trapezius\n0\t1\t2\t3\n")
    if "lost" in oddities:
        listed.append(f"{subject_name(0)}-BL1-097")
    if "unlisted" in oddities:
        listed.remove(listed[0])


def _write_listing(path: Path, listed: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    subjects = sorted({name.split("-")[0] for name in listed})
    lines = ["subject_id\tsubject_name\tclass_id\tclass_name\tsample_id\tsample_name"]
    for number, name in enumerate(listed, 1):
        subject, heat, _ = name.split("-")
        cells = (subjects.index(subject) + 1, subject, HEAT.index(heat), heat, number, name)
        lines.append("\t".join(str(cell) for cell in cells))
    path.write_text("\n".join(lines) + "\n")
