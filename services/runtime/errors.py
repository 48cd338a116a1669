"""What can go wrong before or around a service's own work.

RuntimeFault
├── SettingsError    an environment variable is missing, unknown or out of range
└── PortFileError    the bound ports cannot be written where the caller asked
"""

from __future__ import annotations

from pathlib import Path


class RuntimeFault(Exception):
    """Root of the errors of services.runtime."""


class SettingsError(RuntimeFault):
    """The environment does not describe a valid configuration; `names` are the offending variables."""

    def __init__(self, names: tuple[str, ...], reason: str) -> None:
        super().__init__(f"{reason}: {', '.join(names)}")
        self.names = names
        self.reason = reason


class PortFileError(RuntimeFault):
    """The port file at `path` cannot be written."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot write the port file {path}: {reason}")
        self.path = path
        self.reason = reason
