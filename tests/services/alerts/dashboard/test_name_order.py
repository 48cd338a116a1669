"""Names in the order in which a person expects them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.alerts.dashboard.name_order import by_name

names = st.text(st.sampled_from("aB 019é²-"), min_size=1, max_size=8) | st.text(min_size=1, max_size=80)


def test_numbers_count_by_their_value() -> None:
    expected = [f"Room {number}" for number in range(1, 201)]
    assert sorted(sorted(expected), key=by_name) == expected
    assert sorted(["1.10", "1.9", "1 a", "10", "2"], key=by_name) == ["1 a", "1.9", "1.10", "2", "10"]
    assert sorted(["غرفة ١٠", "غرفة ٢", "غرفة ١"], key=by_name) == ["غرفة ١", "غرفة ٢", "غرفة ١٠"]
    assert sorted(["部屋１０", "部屋９"], key=by_name) == ["部屋９", "部屋１０"]
    assert sorted(["B 2", "a 10", "A 2", "a"], key=by_name) == ["a", "A 2", "a 10", "B 2"]


@given(st.lists(names))
def test_any_names_have_one_order(given_names: list[str]) -> None:
    ordered = sorted(given_names, key=by_name)
    assert ordered == sorted(reversed(given_names), key=by_name)
    assert len({by_name(name) for name in set(given_names)}) == len(set(given_names))
