"""The alerts whose end is written: whole for the newest, 16 bytes for every older one, so that years fit in memory.

What a replay of the stream can bring back is of days, and is asked for whole; of what is older a start must still know
that it has ended, and when. An older one is known by 64 bits of a SHA-256 of its id: that one of n is taken for
another has a chance of n / 2^64, of a million 2^-44.
"""

import hashlib
from array import array
from bisect import bisect_left
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from itertools import islice

from services.alerts.policy.alert import Alert

KEPT_WHOLE = 2_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class EndedAlerts:
    """By id, in the order of their ends."""

    def __init__(self, kept_whole: int | None = None) -> None:
        """kept_whole: how many; KEPT_WHOLE unless said."""
        self._kept_whole = KEPT_WHOLE if kept_whole is None else kept_whole
        self._whole: OrderedDict[str, Alert] = OrderedDict()
        self._older = array("Q")
        self._ended = array("q")

    def __contains__(self, alert: str) -> bool:
        return alert in self._whole or self._place(alert) is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EndedAlerts) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def add(self, alert: Alert) -> None:
        """Its end is written, or what followed it."""
        self._whole[alert.id] = alert
        while len(self._whole) > self._kept_whole:
            _, oldest = self._whole.popitem(last=False)
            self._shorten(oldest)

    def whole(self, alert: str) -> Alert | None:
        """As it was last written, where that is kept."""
        return self._whole.get(alert)

    def ended_at(self, alert: str) -> datetime | None:
        """When it ended; None for one that did not."""
        whole, place = self._whole.get(alert), self._place(alert)
        if whole is not None or place is None:
            return None if whole is None else whole.ended_at
        return EPOCH + self._ended[place] * MICROSECOND

    def newest(self, most: int) -> list[Alert]:
        """The newest, the newest first."""
        return list(islice(reversed(self._whole.values()), most))

    def _shorten(self, alert: Alert) -> None:
        ended_at, name = alert.ended_at, _short(alert.id)
        if ended_at is None:
            return
        place = bisect_left(self._older, name)
        if place == len(self._older) or self._older[place] != name:
            self._older.insert(place, name)
            self._ended.insert(place, (ended_at - EPOCH) // MICROSECOND)

    def _place(self, alert: str) -> int | None:
        name = _short(alert)
        place = bisect_left(self._older, name)
        return place if place < len(self._older) and self._older[place] == name else None


def _short(alert: str) -> int:
    return int.from_bytes(hashlib.sha256(alert.encode()).digest()[:8], "big")
