"""Recent levels are what a bounded queue of pairs would hold, at every step."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.alerts.state.recent_levels import LEVELS_KEPT, RecentLevels

MOMENTS = st.datetimes(datetime(1999, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC))


@given(st.lists(st.tuples(MOMENTS, st.integers(0, 3)), max_size=2 * LEVELS_KEPT + 3), st.integers(0, 10**9))
def test_it_is_a_bounded_queue(pairs: list[tuple[datetime, int]], span_s: int) -> None:
    kept, expected = RecentLevels(), deque[tuple[datetime, int]](maxlen=LEVELS_KEPT)
    for pair in pairs:
        kept.append(pair)
        expected.append(pair)
    assert list(kept) == list(expected)
    assert (len(kept), bool(kept)) == (len(expected), bool(expected))
    assert RecentLevels(kept) == kept
    span = timedelta(seconds=span_s)
    assert list(kept.last(span)) == [pair for pair in expected if expected[-1][0] - pair[0] <= span]
