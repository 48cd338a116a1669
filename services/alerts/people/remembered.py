"""What was found by a key a moment ago: asked for again after seconds, and believed while the database is away."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from services.alerts.errors import RecordsUnavailable
from services.alerts.people.secrets import kept_key

T = TypeVar("T")

LASTS_S = 3.0
MOST = 1024


class Remembered(Generic[T]):
    """Answers of `find`, by the SHA-256 of their keys. mono: seconds of a clock that nobody sets."""

    def __init__(self, find: Callable[[str], Awaitable[T | None]], mono: Callable[[], float]) -> None:
        self._find = find
        self._mono = mono
        self._found: OrderedDict[str, tuple[float, T]] = OrderedDict()

    async def get(self, key: str) -> T | None:
        """What has this key. None: nothing has, or the database is away and it was never asked for."""
        kept, now = kept_key(key), self._mono()
        known = self._found.get(kept)
        if known is not None and now - known[0] < LASTS_S:
            return known[1]
        try:
            found = await self._find(key)
        except RecordsUnavailable:
            return None if known is None else known[1]
        self._found.pop(kept, None)
        if found is not None:
            self._found[kept] = (now, found)
            if len(self._found) > MOST:
                self._found.popitem(last=False)
        return found

    def forget(self) -> None:
        """Ask for everything anew: something changed."""
        self._found.clear()
