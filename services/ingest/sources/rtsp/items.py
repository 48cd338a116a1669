"""What goes over an RTSP connection, one way: messages, and packets of media between them (RFC 2326, 4 and 10.12).

A message's body, and a packet, are passed on as they come: none is gathered, whatever length it says.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.ingest.sources.rtsp.errors import NotRtsp
from services.ingest.sources.rtsp.heads import END, length_of, plain

CHUNK = 65_536
"""Bytes that are taken at once."""
MAX_HEAD_BYTES = 16_384
LOOK = 2048
LEAST_BYTES = 32
"""Of so many messages and packets each, at the mean: a camera's are longer, who sends shorter ones keeps the loop busy
with nothing."""


class Items:
    """One direction."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._passing = 0
        """Bytes of a body or a packet that are still to come."""
        self._begins = self._came = 0
        """Messages and packets, and bytes, since the last look."""

    def of(self, data: bytes) -> Iterator[str | bytes]:
        """What is there with this data: a message's head, plain, as a text with its end; or what is passed on, as one
        piece up to the next head.

        Raises NotRtsp: a head that is too long, is none, or reads two ways; or packets of next to nothing, without end.
        """
        self._waiting += data
        self._came += len(data)
        piece = bytearray()
        while self._waiting:
            begins = not self._passing
            found = self._begun() if begins else self._passed()
            if found is None:
                break
            self._count(begins)
            if isinstance(found, bytes):
                piece += found
                continue
            if piece:
                yield bytes(piece)
                piece.clear()
            yield found
        if piece:
            yield bytes(piece)

    def _count(self, begins: bool) -> None:
        self._begins += begins
        if self._begins >= LOOK:
            if self._came < LOOK * LEAST_BYTES:
                raise NotRtsp("packets of next to nothing")
            self._begins = self._came = 0

    def _passed(self) -> bytes:
        piece = bytes(self._waiting[: self._passing])
        del self._waiting[: len(piece)]
        self._passing -= len(piece)
        return piece

    def _begun(self) -> str | bytes | None:
        if self._waiting[:1] == b"$":
            if len(self._waiting) < 4:
                return None
            self._passing = 4 + int.from_bytes(self._waiting[2:4], "big")
            return self._passed()
        end = self._waiting.find(END.encode(), 0, MAX_HEAD_BYTES)
        if end < 0:
            if len(self._waiting) >= MAX_HEAD_BYTES:
                raise NotRtsp("no end of a message's head")
            return None
        head = plain(bytes(self._waiting[: end + len(END)]).decode("latin-1"))
        del self._waiting[: end + len(END)]
        self._passing = length_of(head)
        return head
