"""Bound ports, told to whoever started the process: a JSON object of name to port, written in one step."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from services.runtime.errors import PortFileError


def write_port_file(path: Path | None, ports: Mapping[str, int]) -> None:
    """Write `ports` to `path` atomically (a temporary file beside it, then a rename); None: nothing to do.

    Raises:
        PortFileError: the folder is missing or not writable, or a port is outside 1..65535.
    """
    if path is None:
        return
    for name, port in ports.items():
        if not 0 < port < 65536:
            raise PortFileError(path, f"{name}={port} is not a port")
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(json.dumps(dict(ports)) + "\n")
        temporary.replace(path)
    except OSError as error:
        raise PortFileError(path, error.strerror or type(error).__name__) from error


def read_port_file(path: Path) -> dict[str, int] | None:
    """The ports written at `path`, or None while the file is not there yet."""
    if not path.exists():
        return None
    found: dict[str, int] = json.loads(path.read_text())
    return found
