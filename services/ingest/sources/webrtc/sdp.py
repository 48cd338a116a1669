"""Reads the text of a session description (RFC 8866), or of a trickle fragment (RFC 8840), into sections of attributes.

Knows the grammar and its limits, no meaning. Blanks are read as generously as clients write them: a byte order mark,
empty lines, blanks around a line, between words and after an attribute's colon say nothing (RFC 8866 knows none of
them; files pasted together, templates and older stacks do). All lines may end in CR alone. Bytes that some parsers take
for a line end, a CR among line feeds too, are refused: what is passed on is written anew from what was checked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from services.ingest.sources.webrtc.errors import SdpSyntaxError

MAX_LINES = 2000
MAX_LINE_CHARS = 4096
MAX_SECTIONS = 16

_LINE = re.compile(r"([a-z])=(.*)")
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_MEDIA = re.compile(r"([a-z]+)[ \t]+(\d{1,5})(?:/\d+)?[ \t]+([A-Za-z/]+)[ \t]+(\S.*)")
_BLANKS = " \t\r\u00a0"


@dataclass
class Attributes:
    """`a=` lines in their order; a flag has the value None."""

    pairs: list[tuple[str, str | None]] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        """The values of every `a=name:value`."""
        return [value for key, value in self.pairs if key == name and value is not None]

    def first(self, name: str) -> str | None:
        """The value of the first `a=name:value`."""
        return next(iter(self.all(name)), None)

    def has(self, name: str) -> bool:
        """Whether `a=name`, with or without a value, is there."""
        return any(key == name for key, _ in self.pairs)


@dataclass
class Section:
    """One media section. port 0..65535; formats as written."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    attributes: Attributes = field(default_factory=Attributes)


@dataclass
class Description:
    """Session-level attributes and the media sections."""

    attributes: Attributes
    sections: list[Section]


def read_description(text: str) -> Description:
    """Read a whole session description: `v=0` first. Raises SdpSyntaxError."""
    lines = _lines(text)
    number, letter, value = next(lines, (1, "", ""))
    if (letter, value) != ("v", "0"):
        raise SdpSyntaxError(number, "v=0 expected")
    return _read(lines)


def read_fragment(text: str) -> Description:
    """Read a fragment: attributes and media sections without a session part. Raises SdpSyntaxError."""
    return _read(_lines(text))


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    rows = text.removeprefix("\ufeff").split("\n" if "\n" in text else "\r")
    if len(rows) > MAX_LINES:
        raise SdpSyntaxError(0, f"more than {MAX_LINES} lines")
    for number, row in enumerate(rows, 1):
        if len(row) > MAX_LINE_CHARS:
            raise SdpSyntaxError(number, f"more than {MAX_LINE_CHARS} characters")
        line = row.strip(_BLANKS)
        if not line:
            continue
        found = _LINE.fullmatch(line)
        if found is None or _FORBIDDEN.search(line):
            raise SdpSyntaxError(number, "not of the form <letter>=<value>")
        yield number, found[1], found[2]


def _read(lines: Iterator[tuple[int, str, str]]) -> Description:
    description = Description(Attributes(), [])
    current = description.attributes
    for number, letter, value in lines:
        if letter == "m":
            section = _section(number, value)
            description.sections.append(section)
            current = section.attributes
            if len(description.sections) > MAX_SECTIONS:
                raise SdpSyntaxError(number, f"more than {MAX_SECTIONS} media sections")
        elif letter == "a":
            name, colon, rest = value.partition(":")
            if not name.strip(_BLANKS):
                raise SdpSyntaxError(number, "an attribute without a name")
            current.pairs.append((name.strip(_BLANKS), rest.strip(_BLANKS) if colon else None))
    return description


def _section(number: int, value: str) -> Section:
    found = _MEDIA.fullmatch(value)
    if found is None or int(found[2]) > 65535:
        raise SdpSyntaxError(number, "not a media description")
    return Section(found[1], int(found[2]), found[3].upper(), tuple(found[4].split()))
