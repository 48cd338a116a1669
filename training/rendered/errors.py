"""What can go wrong with a face model's folder."""

from __future__ import annotations

from pathlib import Path

from training.errors import TrainingError

HOW_TO_GET = "a checkout of https://github.com/ICT-VGL/ICT-FaceKit (MIT), or its folder FaceXModel"


class FaceModelError(TrainingError):
    """A folder that is no face model, or a file of it that cannot be read."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}; wanted is {HOW_TO_GET}")
        self.path = path
