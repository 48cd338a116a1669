"""How often something may be tried: a bucket of tries by key, refilled evenly. In memory, bounded; pure but for it."""

from collections import OrderedDict
from dataclasses import dataclass

from services.alerts.people.errors import TooManyTries

KEYS = 10_000


@dataclass(slots=True)
class _Bucket:
    tries: float
    at: float


class RateLimit:
    """At most `burst` at once and one every `every_s` seconds in the long run. Full: the oldest key is forgotten."""

    def __init__(self, burst: int, every_s: float) -> None:
        self._burst = burst
        self._every_s = every_s
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str, mono: float) -> None:
        """Count a try. mono: seconds of a clock that nobody sets. Raises TooManyTries."""
        bucket = self._buckets.setdefault(key, _Bucket(self._burst, mono))
        self._buckets.move_to_end(key)
        if len(self._buckets) > KEYS:
            self._buckets.popitem(last=False)
        bucket.tries = min(self._burst, bucket.tries + (mono - bucket.at) / self._every_s)
        bucket.at = mono
        if bucket.tries < 1:
            raise TooManyTries((1 - bucket.tries) * self._every_s)
        bucket.tries -= 1
