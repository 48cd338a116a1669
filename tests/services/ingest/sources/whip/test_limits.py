"""How often a caller may ask."""

from __future__ import annotations

import pytest

from services.ingest.sources.whip.errors import TooManyRequests
from services.ingest.sources.whip.limits import MAX_KEYS, Rate, RateLimit


def test_a_burst_then_a_rate() -> None:
    limit = RateLimit(Rate(burst=3, per_s=0.5))
    for _ in range(3):
        limit.take("a", 10.0)
    with pytest.raises(TooManyRequests) as caught:
        limit.take("a", 10.0)
    assert caught.value.headers["Retry-After"] == "2"
    limit.take("b", 10.0)
    limit.take("a", 12.0)
    with pytest.raises(TooManyRequests):
        limit.take("a", 12.5)


def test_refused_requests_do_not_push_the_wait_back() -> None:
    limit = RateLimit(Rate(burst=1, per_s=1.0))
    limit.take("a", 0.0)
    for step in range(1, 10):
        with pytest.raises(TooManyRequests):
            limit.take("a", step / 10)
    limit.take("a", 1.01)


def test_memory_is_bounded_and_the_oldest_is_forgotten() -> None:
    limit = RateLimit(Rate(burst=1, per_s=0.001))
    limit.take("first", 0.0)
    for number in range(MAX_KEYS):
        limit.take(f"key-{number}", 0.0)
    limit.take("first", 0.0)
    with pytest.raises(TooManyRequests):
        limit.take(f"key-{MAX_KEYS - 1}", 0.0)


@pytest.mark.parametrize("rate", [Rate(0, 1.0), Rate(1, 0.0)])
def test_rates_without_sense(rate: Rate) -> None:
    with pytest.raises(ValueError, match="at least"):
        RateLimit(rate)
