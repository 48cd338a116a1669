"""Rate limits: token buckets by key, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from services.ingest.sources.whip.errors import TooManyRequests

MAX_KEYS = 4096


@dataclass(frozen=True)
class Rate:
    """burst: requests at once (at least 1); per_s: requests per second in the long run (above 0)."""

    burst: int
    per_s: float


class RateLimit:
    """A bucket per key; the keys unused for longest are forgotten beyond MAX_KEYS."""

    def __init__(self, rate: Rate) -> None:
        if rate.burst < 1 or rate.per_s <= 0:
            raise ValueError("burst must be at least 1 and per_s above 0")
        self._rate = rate
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, now: float) -> None:
        """Take one token of `key` at `now` (monotonic seconds). Raises TooManyRequests with the time to wait."""
        level, since = self._buckets.pop(key, (float(self._rate.burst), now))
        level = min(float(self._rate.burst), level + max(0.0, now - since) * self._rate.per_s)
        allowed = level >= 1.0
        self._buckets[key] = (level - 1.0 if allowed else level, now)
        if len(self._buckets) > MAX_KEYS:
            self._buckets.popitem(last=False)
        if not allowed:
            raise TooManyRequests("slow down", (1.0 - level) / self._rate.per_s)
