"""CSV files as spreadsheets save them: UTF-8 or UTF-16, columns parted by commas, semicolons or tabs.

The encoding is told by the byte order mark or, without one, by the zero bytes that UTF-16 has beside ASCII; the
delimiter by the first line that is not blank. A line `sep=;` before it, which one spreadsheet writes, says it too.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TextIO

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
HEADER_BYTES = 65536
SAYS_DELIMITER = re.compile(r"sep=.?", re.IGNORECASE)
UNREADABLE = (OSError, UnicodeError, csv.Error)
"""What reading one may raise."""


def encoding_of(path: Path) -> str:
    """Of the file, by its first bytes. Raises OSError."""
    with path.open("rb") as file:
        start = file.read(2)
    if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    return "utf-16-le" if start[1:] == b"\0" else "utf-16-be" if start[:1] == b"\0" else "utf-8-sig"


def delimiter_of(path: Path) -> str:
    """What parts its columns. Raises OSError, UnicodeError."""
    with path.open(encoding=encoding_of(path), newline="") as file:
        return parted_by(_first_line(file))


def parted_by(line: str) -> str:
    """What parts the columns of a line."""
    return max(DELIMITERS, key=line.count)


def says_nothing(line: str) -> bool:
    """Whether a line is blank, or only says the delimiter."""
    return not line.strip() or bool(SAYS_DELIMITER.fullmatch(line.strip()))


def lines(path: Path) -> Iterator[list[str]]:
    """Every line's cells, from the first that is not blank. Raises what UNREADABLE lists."""
    delimiter = delimiter_of(path)
    with path.open(encoding=encoding_of(path), newline="") as file:
        first = _first_line(file)
        yield from csv.reader(chain([first], file), delimiter=delimiter, skipinitialspace=True)


def _first_line(file: TextIO) -> str:
    """The first that is neither blank nor says the delimiter; empty at the end. HEADER_BYTES are read at most."""
    left = HEADER_BYTES
    while left > 0 and (line := file.readline(left)):
        left -= len(line)
        if not says_nothing(line):
            return line
    return ""


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
        found = next(lines(path), [])
    except UNREADABLE:
        return []
    return [name.strip().lower() for name in found]


def written_as(path: Path) -> str:
    """In what it differs from the usual CSV, in words; empty where in nothing. Raises what UNREADABLE lists."""
    delimiter, encoding = delimiter_of(path), encoding_of(path)
    words = ["in UTF-16"] * encoding.startswith("utf-16") + [f"with {DELIMITERS[delimiter]}"] * (delimiter != ",")
    return ", ".join(words)
