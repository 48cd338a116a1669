"""A backup as a folder, readable by its owner alone: its parts and a manifest with their hashes, written last."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from services.alerts.errors import BackupUnfit

FORMAT = 1
MANIFEST = "manifest.json"
LOG, HEADS, RECORDS = "audit.jsonl", "heads.jsonl", "records.jsonl"
PARTS = (LOG, HEADS, RECORDS)
PIECE = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """made_at: before anything was read. lines, head: of the audit log. tables: the version of the database's tables.

    parts: SHA-256 by file.
    """

    format: int
    site: str
    made_at: datetime
    lines: int
    head: str
    tables: str
    parts: dict[str, str]


def create(folder: Path) -> None:
    """Make the folder, which must not be there. Raises OSError."""
    folder.mkdir(mode=0o700)


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """A part, on the disk after the block. Raises OSError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def write(path: Path, lines: Iterable[bytes]) -> None:
    """Write a part. Raises OSError."""
    with writing(path) as file:
        file.writelines(lines)


def seal(folder: Path, site: str, made_at: datetime, lines: int, head: str, tables: str) -> Manifest:
    """Write the manifest: a folder without one is no backup. Raises OSError."""
    parts = {name: digest(folder / name) for name in PARTS}
    found = Manifest(FORMAT, site, made_at, lines, head, tables, parts)
    text = json.dumps(asdict(found) | {"made_at": made_at.isoformat()}, indent=2) + "\n"
    write(folder / MANIFEST, [text.encode()])
    return found


def opened(folder: Path) -> Manifest:
    """The manifest of a backup whose parts are as they were written. Raises BackupUnfit."""
    try:
        value = json.loads((folder / MANIFEST).read_bytes())
        if value.get("format") != FORMAT:
            raise BackupUnfit(f"its format is {value.get('format')}, not {FORMAT}")
        found = Manifest(**value | {"made_at": datetime.fromisoformat(value["made_at"])})
        harmed = [name for name in PARTS if digest(folder / name) != found.parts[name]]
    except OSError as error:
        raise BackupUnfit(f"no whole backup: {error.filename}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupUnfit(f"no whole backup: {folder / MANIFEST} is no manifest ({type(error).__name__})") from error
    if harmed:
        raise BackupUnfit(f"not as it was written: {', '.join(harmed)}")
    return found


def lines_of(path: Path) -> Iterator[bytes]:
    """A part's lines, one after the other. Raises OSError."""
    with path.open("rb") as file:
        yield from file


def digest(path: Path) -> str:
    """SHA-256 of a file. Raises OSError."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            total.update(piece)
    return total.hexdigest()
