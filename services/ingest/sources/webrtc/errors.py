"""What can be wrong with the description of a peer that sends video.

IngestError
├── SdpSyntaxError           a text that is no session description (also what trickle fragments raise)
├── MalformedDescription     no session description, or none that says what one must
└── UnservedDescription      well-formed, but not something that ingest can receive whole
"""

from __future__ import annotations

from services.ingest.errors import IngestError


class SdpSyntaxError(IngestError, ValueError):
    """Line `line` (from 1; 0: the whole text) is wrong. The text itself is never quoted."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}" if line else reason)
        self.line = line
        self.reason = reason


class MalformedDescription(IngestError):
    """Not what a session description must be."""


class UnservedDescription(IngestError):
    """Well-formed, and of no use here."""
