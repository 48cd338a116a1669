"""CSV files as spreadsheets save them: UTF-8 or UTF-16, columns parted by commas, semicolons or tabs.

The encoding is told by the byte order mark (none: UTF-8), the delimiter by the first line.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
HEADER_BYTES = 65536
UNREADABLE = (OSError, UnicodeError, csv.Error)
"""What reading one may raise."""


def encoding_of(path: Path) -> str:
    """Of the file, by its first bytes. Raises OSError."""
    with path.open("rb") as file:
        start = file.read(2)
    return "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"


def delimiter_of(path: Path) -> str:
    """What parts the columns of its first line. Raises OSError, UnicodeError."""
    with path.open(encoding=encoding_of(path), newline="") as file:
        line = file.readline(HEADER_BYTES)
    return max(DELIMITERS, key=line.count)


def lines(path: Path) -> Iterator[list[str]]:
    """Every line's cells. Raises what UNREADABLE lists."""
    delimiter = delimiter_of(path)
    with path.open(encoding=encoding_of(path), newline="") as file:
        yield from csv.reader(file, delimiter=delimiter, skipinitialspace=True)


def records(path: Path) -> Iterator[dict[str, str]]:
    """Every line but the first, by the first one's names in lower case. Raises what UNREADABLE lists."""
    rows = lines(path)
    names = [name.strip().lower() for name in next(rows, [])]
    for row in rows:
        if row:
            yield dict(zip(names, row, strict=False))


def header_of(path: Path) -> list[str]:
    """The names of its columns, lower case; empty where it cannot be read."""
    try:
        delimiter = delimiter_of(path)
        with path.open(encoding=encoding_of(path), newline="") as file:
            found = next(csv.reader([file.readline(HEADER_BYTES)], delimiter=delimiter, skipinitialspace=True), [])
    except UNREADABLE:
        return []
    return [name.strip().lower() for name in found]


def written_as(path: Path) -> str:
    """In what it differs from the usual CSV, in words; empty where in nothing. Raises what UNREADABLE lists."""
    delimiter, encoding = delimiter_of(path), encoding_of(path)
    words = ["in UTF-16"] * (encoding == "utf-16") + [f"with {DELIMITERS[delimiter]}"] * (delimiter != ",")
    return ", ".join(words)
