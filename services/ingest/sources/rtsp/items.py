"""What goes over an RTSP connection, one way: messages, and packets of media between them (RFC 2326, 4 and 10.12).

A message's body, and a packet, are passed on as they come: none is gathered, whatever length it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.ingest.sources.rtsp.errors import NotRtsp

MAX_HEAD_BYTES = 16_384
END = b"\r\n\r\n"
LENGTH = re.compile(r"(?im)^content-length[ \t]*:[ \t]*(\d{1,10})[ \t]*\r?$")


class Items:
    """One direction."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._passing = 0
        """Bytes of a body or a packet that are still to come."""

    def of(self, data: bytes) -> Iterator[str | bytes]:
        """What is there with this data: a message's head, as a text with its end; or a piece of what is passed on.

        Raises NotRtsp: a head that is too long, or is none.
        """
        self._waiting += data
        while self._waiting:
            found = self._passed() if self._passing else self._begun()
            if found is None:
                return
            yield found

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
        end = self._waiting.find(END, 0, MAX_HEAD_BYTES)
        if end < 0:
            if len(self._waiting) >= MAX_HEAD_BYTES:
                raise NotRtsp("no end of a message's head")
            return None
        head = bytes(self._waiting[: end + len(END)]).decode("latin-1")
        del self._waiting[: end + len(END)]
        length = LENGTH.search(head)
        self._passing = int(length[1]) if length else 0
        return head
