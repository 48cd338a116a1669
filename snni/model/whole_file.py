"""A file that is replaced whole: whoever reads sees the old one or the new one, and nobody more than its mode lets."""

from __future__ import annotations

import os
from pathlib import Path

OWNER_ALONE, ALL = 0o600, 0o644


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """mode: OWNER_ALONE of whatever gives weights or shares away, from the first byte on. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    temporary.replace(path)
