"""A stream of lines in memory that keeps the promise of SequencedStream, for tests without a bus.

test_sequenced.py of the bus holds it to the same contract as a real one.
"""

from __future__ import annotations

from services.bus.errors import BusUnavailable, OutOfSequence, TooLarge
from services.bus.sequenced import Stored
from services.bus.streams import EVENT_MAX_BYTES


class KeptStream:
    """lines: what is stored. away: it answers nothing.

    forgets_to_answer: so many appends are stored and not answered.
    """

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.away = False
        self.forgets_to_answer = 0

    async def append(self, body: bytes, name: str, after: int) -> int:
        self._reached()
        if len(body) > EVENT_MAX_BYTES:
            raise TooLarge(name, len(body), EVENT_MAX_BYTES)
        if after != len(self.lines):
            raise OutOfSequence("another message was stored since")
        self.lines.append(body)
        if self.forgets_to_answer:
            self.forgets_to_answer -= 1
            raise BusUnavailable("no acknowledgement")
        return len(self.lines)

    async def replace(self, body: bytes, after: int) -> int:
        self._reached()
        if after != len(self.lines):
            raise OutOfSequence("another message was stored since")
        self.lines.append(body)
        return len(self.lines)

    async def newest(self) -> Stored | None:
        self._reached()
        return Stored(len(self.lines), self.lines[-1]) if self.lines else None

    async def count(self) -> int:
        self._reached()
        return len(self.lines)

    async def read(self, first: int, most: int = 64) -> list[bytes]:
        self._reached()
        return self.lines[first - 1 : first - 1 + most]

    def _reached(self) -> None:
        if self.away:
            raise BusUnavailable("away")
