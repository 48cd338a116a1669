"""The newest levels of one camera, in memory that is taken once: as much at the start as after a year.

A thousand cameras hold 120 levels each; as pairs of Python's values that would be 13 MB, growing for ten minutes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

LEVELS_KEPT = 120
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class RecentLevels:
    """(event time, level) pairs, the newest last, at most LEVELS_KEPT: the oldest gives way."""

    __slots__ = ("_at", "_first", "_level", "_long")

    def __init__(self, pairs: Iterable[tuple[datetime, int]] = ()) -> None:
        """Levels are 0..255, event times aware."""
        self._at = array("q", bytes(8 * LEVELS_KEPT))
        self._level = bytearray(LEVELS_KEPT)
        self._first = self._long = 0
        for pair in pairs:
            self.append(pair)

    def append(self, pair: tuple[datetime, int]) -> None:
        """Add the newest."""
        self.add((pair[0] - EPOCH) // MICROSECOND, pair[1])

    def add(self, at: int, level: int) -> None:
        """The same; at: microseconds since 1970, UTC."""
        place = (self._first + self._long) % LEVELS_KEPT
        self._at[place] = at
        self._level[place] = level
        if self._long < LEVELS_KEPT:
            self._long += 1
        else:
            self._first = (self._first + 1) % LEVELS_KEPT

    def last(self, span: timedelta) -> RecentLevels:
        """A copy of those that are not older than the newest by more than a span."""
        found, stamps = RecentLevels(), list(self.stamps())
        for at, level in stamps:
            if stamps[-1][0] - at <= span // MICROSECOND:
                found.add(at, level)
        return found

    def stamps(self) -> Iterator[tuple[int, int]]:
        """The pairs with their times as microseconds since 1970, UTC."""
        for place in range(self._first, self._first + self._long):
            yield self._at[place % LEVELS_KEPT], self._level[place % LEVELS_KEPT]

    def __iter__(self) -> Iterator[tuple[datetime, int]]:
        return ((EPOCH + timedelta(microseconds=at), level) for at, level in self.stamps())

    def __len__(self) -> int:
        return self._long

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RecentLevels) and list(self.stamps()) == list(other.stamps())

    def __repr__(self) -> str:
        return f"RecentLevels({list(self)})"

    __hash__ = None  # type: ignore[assignment]
