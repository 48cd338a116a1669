"""The parameter sets that a description tells of, for senders that never send them (RFC 6184, 8.1 and 8.2.2). Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from services.ingest.sources.webrtc.sdp import Section

NAME = "sprop-parameter-sets"


def told_sets(section: Section) -> dict[int, tuple[bytes, ...]]:
    """By payload type; what is no base64 is left out."""
    found: dict[int, tuple[bytes, ...]] = {}
    for value in section.attributes.all("fmtp"):
        payload_type, _, parameters = value.partition(" ")
        pairs = (one.partition("=") for one in parameters.split(";"))
        said = [text for name, _, text in pairs if name.strip().lower() == NAME]
        if said and payload_type.isascii() and payload_type.isdecimal():
            found[int(payload_type)] = tuple(_decoded(said[-1]))
    return found


def _decoded(text: str) -> Iterator[bytes]:
    for one in text.split(","):
        try:
            yield base64.b64decode(one.strip(), validate=True)
        except ValueError:  # no base64, or no ASCII
            continue
