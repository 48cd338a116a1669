"""A camera's secret: a file of a few lines, named as the camera. Read anew for every attempt."""

from __future__ import annotations

from pathlib import Path

from services.ingest.sources.pulling.errors import PullError

MAX_FILE_BYTES = 1024


def secret_lines(
    folder: Path | None, camera: str, count: int, unreadable: type[PullError], needed: str
) -> list[str] | None:
    """The lines of the camera's file; None where it has none.

    Raises `unreadable`, which says what is `needed` where they are not `count` lines.
    """
    if folder is None:
        return None
    try:
        with (folder / camera).open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError:
        raise unreadable("the file cannot be read") from None
    try:
        lines = content.decode().splitlines()
    except UnicodeDecodeError:
        raise unreadable("the file is not UTF-8") from None
    if len(content) > MAX_FILE_BYTES or len(lines) != count:
        raise unreadable(needed)
    return lines
