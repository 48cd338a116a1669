"""The token's file."""

from __future__ import annotations

import os
from pathlib import Path

from tests.services.moments import START

TOKEN = "0123456789abcdef"


def written(path: Path, content: bytes = TOKEN.encode(), seconds: float = 0.0) -> Path:
    """The token's file, written so many seconds after the start."""
    path.write_bytes(content)
    at = START.timestamp() + seconds
    os.utime(path, (at, at))
    return path
