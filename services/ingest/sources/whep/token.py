"""A camera's bearer token (RFC 6750): a file of one line, named as the camera."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from services.ingest.sources.pulling.secret_file import secret_lines
from services.ingest.sources.whep.errors import TokenUnreadable

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,1000}=*")
NEEDED = "one line is needed, of a bearer token's characters"


@dataclass(frozen=True)
class Token:
    """Not shown by repr."""

    value: str = field(repr=False)

    @property
    def header(self) -> dict[str, str]:
        """Authorization (RFC 6750, 2.1); never to be shown."""
        return {"Authorization": f"Bearer {self.value}"}


def read_token(folder: Path | None, camera: str) -> Token | None:
    """The camera's token; None where it has no file. Raises TokenUnreadable."""
    lines = secret_lines(folder, camera, 1, TokenUnreadable, NEEDED)
    if lines is None:
        return None
    if not _TOKEN.fullmatch(lines[0]):
        raise TokenUnreadable(NEEDED)
    return Token(lines[0])
