"""What can go wrong between a command line and a trained network: one tree, and a branch of it in some rooms.

TrainingError             says in a line what to do about it
├── OptionError           an option, or what it names, cannot be used
├── InputError            crops make no inputs of a network's shape
├── RunError              a folder is no training run's, or its metrics do not say what is needed
├── CheckpointError       a checkpoint is unreadable, or of another run (carries its path)
├── DivergedError         the loss is not finite (carries the epoch)
├── WeightsError          a file of weights is missing, unreadable, or another network's (carries its path)
├── UnknownBackboneError  no backbone of that name (carries it)
├── DeviceError           the device asked for is not there (carries its name)
├── DatasetError          what is wrong with a data set: datasets/errors.py
├── RecipeError           what is wrong with a recipe: recipe/errors.py
└── EvaluationError       what cannot be measured: evaluation/errors.py
"""

from __future__ import annotations

from pathlib import Path


class TrainingError(Exception):
    """Base of everything this package raises."""


class OptionError(TrainingError):
    """An option's value, or the file or network that it names."""


class InputError(TrainingError):
    """Crops of another shape than the network takes."""


class RunError(TrainingError):
    """A run's folder that cannot be used."""


class CheckpointError(TrainingError):
    """A checkpoint that training cannot go on from."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path


class DivergedError(TrainingError):
    """Training that has lost its way."""

    def __init__(self, epoch: int) -> None:
        super().__init__(f"the loss is not finite in epoch {epoch}; a lower --rate may hold")
        self.epoch = epoch


class WeightsError(TrainingError):
    """A file of weights that cannot be used."""

    def __init__(self, path: Path | None, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path is not None else reason)
        self.path = path


class UnknownBackboneError(TrainingError):
    """No backbone of that name."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"no backbone {name}; there are {', '.join(known)}")
        self.name = name


class DeviceError(TrainingError):
    """The device asked for is not there."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"--device {name}: {reason}")
        self.name = name
