"""What can go wrong between a folder and a set that may be trained on.

DatasetError
├── LayoutError     a folder is no set that is known, or one lacks what its layout needs (carries what was looked for)
├── ManifestError   a manifest breaks its rules (carries the file and, for each problem, its line)
├── SplitError      a split that cannot be made, or does not do what it says
│   └── LeakageError   subjects that are in two parts of a split (carries them)
├── LicenceError    terms not accepted, or that forbid what is wanted (carries the licences)
└── PictureError    a picture that cannot be decoded (carries its path, never its content)
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from training.errors import TrainingError

SHOWN = 20
"""Problems that a message lists."""


class DatasetError(TrainingError):
    """Base of everything this package raises."""


class LayoutError(DatasetError):
    """A folder that is not what it should be."""

    def __init__(self, root: Path, problem: str, looked_for: Sequence[str] = ()) -> None:
        lines = [f"{root}: {problem}", *(f"  {one}" for one in looked_for)]
        super().__init__("\n".join(lines))
        self.root = root
        self.looked_for = tuple(looked_for)


class ManifestError(DatasetError):
    """Problems of a manifest: (line, what), lines counted from 1."""

    def __init__(self, path: Path | str, problems: Sequence[tuple[int, str]]) -> None:
        lines = [f"{path}:{line}: {what}" for line, what in problems[:SHOWN]]
        if len(problems) > SHOWN:
            lines.append(f"{path}: and {len(problems) - SHOWN} more")
        super().__init__("\n".join(lines))
        self.path = path
        self.problems = tuple(problems)


class SplitError(DatasetError):
    """A split that cannot be made."""


class LeakageError(SplitError):
    """The same people on both sides."""

    def __init__(self, subjects: Sequence[str]) -> None:
        shown = ", ".join(list(subjects)[:SHOWN])
        super().__init__(f"{len(subjects)} subjects are in more than one part of the split: {shown}")
        self.subjects = tuple(subjects)


class LicenceError(DatasetError):
    """What is wanted needs terms accepted, or is against them."""

    def __init__(self, message: str, licences: Sequence[str]) -> None:
        super().__init__(message)
        self.licences = tuple(licences)


class PictureError(DatasetError):
    """A picture or video that cannot be decoded."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem
