"""A tree like UNBC-McMaster's (see training.datasets.unbc), of drawn people."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.datasets.imitation.subject import drawn_subject, encoded
from training.synth.sampling import units_for
from training.synth.units import ActionUnits

ODDITIES = ("nested", "upper", "jpg", "small", "black", "no-label", "no-picture", "broken", "disagree", "litter",
            "misnamed", "no-pspi", "no-facs", "empty-file")  # fmt: skip
SIZE, SMALL = (240, 320), (96, 112)


@dataclass(frozen=True)
class Shape:
    """How much is written."""

    subjects: int = 4
    sequences: int = 2
    frames: int = 6


def subject_folder(number: int) -> str:
    """Like 042-ll042, of nobody."""
    return f"{200 + number}-{chr(97 + number % 26)}x{200 + number}"


def sequence_name(number: int, sequence: int) -> str:
    """Like ll042t1aaaff."""
    side = "aff" if sequence % 2 == 0 else "unaff"
    return f"{subject_folder(number).split('-')[1]}t{1 + sequence // 2}aa{side}"


def units_at(number: int, sequence: int, frame: int) -> ActionUnits:
    """What is drawn; levels 0, 1, 2, 3 in turn, so that each subject has all."""
    return units_for((frame - 1) % 4, np.random.default_rng([number, sequence, frame]))


def write_unbc(root: Path, shape: Shape | None = None, oddities: Collection[str] = ()) -> None:
    """Write it. Frames are counted from 1.

    Args:
        oddities: of ODDITIES. Those of single files are in the first sequence: "black" makes frame 2 black, "no-label"
            takes both labels of frame 3, "no-picture" the picture of frame 4, "broken" spoils the PSPI file of frame
            5, "disagree" that of frame 6, "empty-file" empties picture 1; "misnamed" adds a sequence of somebody else.

    Raises:
        ValueError: an oddity is unknown.
    """
    unknown = sorted(set(oddities) - set(ODDITIES))
    if unknown:
        raise ValueError(f"no such oddities: {', '.join(unknown)}")
    shape = shape or Shape()
    images, pspi, facs, sequence_labels = _roots(root, oddities)
    for number in range(shape.subjects):
        person = drawn_subject(number, SMALL if "small" in oddities else SIZE)
        for sequence in range(shape.sequences):
            inner = Path(subject_folder(number)) / sequence_name(number, sequence)
            for frame in range(1, shape.frames + 1):
                units = units_at(number, sequence, frame)
                stem = f"{inner.name}{frame:03d}"
                suffix = ".jpg" if "jpg" in oddities else ".png"
                _write(images / inner / (stem + suffix), encoded(person.picture(units, frame), suffix))
                if "no-facs" not in oddities:
                    _write(facs / inner / (stem + "_facs.txt"), facs_text(units).encode())
                if "no-pspi" not in oddities:
                    _write(pspi / inner / (stem + "_facs.txt"), f"{units.pspi:15.7e}\n".encode())
            for role, value in (("AFF", 3), ("OPR", 2), ("SEN", 4), ("VAS", 5)):
                _write(sequence_labels / role / inner.parent / (inner.name + ".txt"), f"{value:15.7e}\n".encode())
    _spoil(images, pspi, facs, oddities)


def facs_text(units: ActionUnits) -> str:
    """Rows of AU, intensity and two numbers more; nothing for a face at rest."""
    amounts = {4: units.au4, 6: units.au6, 7: units.au7, 9: units.au9, 10: units.au10, 12: round(units.au12),
               26: round(5 * units.jaw), 43: units.au43}  # fmt: skip
    rows = ((unit, amount, 0, 0) for unit, amount in amounts.items() if amount)
    return "".join("".join(f"{value:16.7e}" for value in row) + "\n" for row in rows)


def _roots(root: Path, oddities: Collection[str]) -> tuple[Path, Path, Path, Path]:
    names = ["Images", "Frame_Labels", "PSPI", "FACS", "Sequence_Labels"]
    if "upper" in oddities:
        names = [name.upper() for name in names]
    images, labels, pspi, facs, sequences = names
    if "nested" in oddities:
        return root / images / images, root / labels / labels / pspi, root / labels / labels / facs, root / sequences
    return root / images, root / labels / pspi, root / labels / facs, root / sequences


def _spoil(images: Path, pspi: Path, facs: Path, oddities: Collection[str]) -> None:
    inner = Path(subject_folder(0)) / sequence_name(0, 0)
    suffix = ".jpg" if "jpg" in oddities else ".png"

    def picture(frame: int) -> Path:
        return images / inner / f"{inner.name}{frame:03d}{suffix}"

    def label(kind: Path, frame: int) -> Path:
        return kind / inner / f"{inner.name}{frame:03d}_facs.txt"

    if "empty-file" in oddities:
        picture(1).write_bytes(b"")
    if "black" in oddities:
        picture(2).write_bytes(encoded(np.full((*SIZE, 3), 3, np.uint8), suffix))
    if "no-label" in oddities:
        label(pspi, 3).unlink()
        label(facs, 3).unlink()
    if "no-picture" in oddities:
        picture(4).unlink()
    if "broken" in oddities:
        label(pspi, 5).write_text("two\n")
    if "disagree" in oddities:
        label(pspi, 6).write_text(f"{units_at(0, 0, 6).pspi + 5:15.7e}\n")
    if "misnamed" in oddities:
        other = sequence_name(1, 0)
        _write(images / inner.parent / other / f"{other}001{suffix}", picture(6).read_bytes())
    if "litter" in oddities:
        _write(images / inner / f"._{inner.name}001{suffix}", b"x")
        _write(images.parent / "__MACOSX" / "x" / "y.png", b"x")
        _write(images / "readme" / "note.txt", b"x")


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
