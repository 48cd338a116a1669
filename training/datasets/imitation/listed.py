"""A folder of stills and the manifest that its owner writes, as for the Delaware Pain Database; of drawn people."""

from __future__ import annotations

import csv
from pathlib import Path

from training.datasets.imitation.subject import drawn_subject, encoded
from training.synth.units import ActionUnits

SIZE = (320, 256)
EXPRESSIONS = {"pain": (ActionUnits(au4=4, au6=3, au9=3, au43=1), "1"), "neutral": (ActionUnits(), "0")}


def write_listed(root: Path, subjects: int = 3, licence: str = "delaware", name: str = "manifest.csv") -> None:
    """A neutral and a pained still of each subject, in files whose names say nothing, and a manifest of the five
    columns that are needed."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / name).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "subject", "label", "label_kind", "licence"])
        for number in range(subjects):
            for index, (units, label) in enumerate(EXPRESSIONS.values()):
                path = root / "stills" / f"{7 * number + 3 * index:03d}.png"
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(encoded(drawn_subject(400 + number, SIZE, 180.0).picture(units), ".png"))
                writer.writerow([path.relative_to(root).as_posix(), f"person {number}", label, "pain2", licence])
