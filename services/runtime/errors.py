"""What can go wrong before or around a service's own work.

RuntimeFault                 its text names things, never values: it may be shown and logged
├── ConfigurationError       what the process was given is wrong; starting it again does not help
│   ├── UnknownWords         its command line has words that it does not take
│   ├── SettingsError        an environment variable is missing, unknown or out of range
│   ├── UnusableFile         a file that a setting names is missing, or not what it should be
│   └── PortFileError        the bound ports cannot be written where the caller asked
└── (the bus's own errors, services.bus.errors)
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class RuntimeFault(Exception):
    """Root of the errors of services.runtime and of what services share; their texts quote no value."""


class ConfigurationError(RuntimeFault):
    """What the process was given is wrong."""


class UnknownWords(ConfigurationError):
    """The command line says what nothing here answers to; `commands` are the words that something would."""

    def __init__(self, commands: Iterable[str]) -> None:
        told = ", ".join(sorted(commands))
        super().__init__(f"the service takes no words but {told}" if told else "the service takes no words")


class SettingsError(ConfigurationError):
    """The environment does not describe a valid configuration; `names` are the offending variables."""

    def __init__(self, names: tuple[str, ...], reason: str) -> None:
        super().__init__(f"{reason}: {', '.join(names)}")
        self.names = names
        self.reason = reason


class UnusableFile(ConfigurationError):
    """The file or folder at `path`, which a setting names, cannot be used."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class PortFileError(ConfigurationError):
    """The port file at `path` cannot be written."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot write the port file {path}: {reason}")
        self.path = path
        self.reason = reason
