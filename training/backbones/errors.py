"""What can go wrong before a backbone describes a crop.

BackboneError
├── UnknownBackboneError  no backbone of that name (carries it)
├── WeightsError          a file of weights is missing, unreadable, or another network's (carries its path)
└── DeviceError           the device asked for is not there (carries its name)
"""

from __future__ import annotations

from pathlib import Path


class BackboneError(Exception):
    """Base of everything this package raises."""


class UnknownBackboneError(BackboneError):
    """No backbone of that name."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"no backbone {name}; there are {', '.join(known)}")
        self.name = name


class WeightsError(BackboneError):
    """A file of weights that cannot be used."""

    def __init__(self, path: Path | None, reason: str) -> None:
        super().__init__(f"--weights {path}: {reason}" if path is not None else reason)
        self.path = path


class DeviceError(BackboneError):
    """The device asked for is not there."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"--device {name}: {reason}")
        self.name = name
