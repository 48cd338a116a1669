"""A few lines a period, and how many were left out before each."""

from __future__ import annotations

from services.runtime.log_rate_limit import LogRateLimit


def test_what_is_left_out_is_counted_into_the_next_line():
    now = [1000.0]
    limit = LogRateLimit(2, 60.0, lambda: now[0])
    assert [limit.take() for _ in range(5)] == [0, 0, None, None, None]
    now[0] += 59.9
    assert limit.take() is None
    now[0] += 0.1
    assert [limit.take() for _ in range(3)] == [4, 0, None]
