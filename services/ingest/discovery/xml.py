"""What devices say in XML, read tolerantly and safely: by local names, whatever the namespaces and prefixes.

A document type is refused: entities are what XML is attacked by, and neither SOAP 1.2 (part 1, section 5) nor
WS-Discovery allows one.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from services.ingest.errors import IngestError

MAX_BYTES = 262_144
MAX_CHARS = 512
"""Of a text that is used."""


class BadXml(IngestError):
    """Not XML, or none that is read here."""


def parse(data: bytes) -> ElementTree.Element:
    """The document's root. Raises BadXml."""
    if len(data) > MAX_BYTES:
        raise BadXml("too long")
    try:
        text = data.decode("utf-8-sig")
        if "<!" in text.replace("<!--", "").replace("<![CDATA[", ""):
            raise BadXml("a document type")
        return ElementTree.fromstring(text)
    except (UnicodeDecodeError, ElementTree.ParseError, ValueError):
        raise BadXml("not XML in UTF-8") from None


def named(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    """The elements of this local name, in order."""
    return (one for one in root.iter() if one.tag.rpartition("}")[2] == name)


def texts(root: ElementTree.Element, name: str) -> list[str]:
    """What stands in the elements of this local name: printable, in one line, cut off."""
    return [printable(one.text or "") for one in named(root, name)]


def printable(text: str) -> str:
    """Without what would move a terminal's cursor, or more than MAX_CHARS."""
    return "".join(one for one in " ".join(text.split()) if one.isprintable())[:MAX_CHARS]
