"""Whatever is done to a log is found, and which lines it was done to."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.audit.line import Place
from services.alerts.audit.verification import Checked, Harm, check
from services.alerts.errors import AuditTampered
from tests.services.alerts.audit.logs import forged, head_of, log_of, place_of

LINES = log_of(20)


def found(lines: list[bytes], *signed: int) -> Checked:
    """Looked at with heads that were signed after so many lines."""
    return check(lines, [head_of(LINES[:count]) for count in signed])


def told(checked: Checked) -> list[tuple[Harm, int, int]]:
    return [(one.harm, one.first, one.last) for one in checked.findings]


def test_a_whole_log_is_whole() -> None:
    checked = found(LINES, 7, 20)
    assert checked.findings == ()
    assert checked.end == place_of(LINES)
    assert checked.vouched == head_of(LINES)


def test_lines_behind_the_newest_head_are_not_vouched_for() -> None:
    checked = found(LINES, 7)
    assert checked.findings == ()
    assert checked.vouched is not None
    assert checked.vouched.place.count == 7
    assert found(LINES).vouched is None


def test_an_empty_log_is_whole_and_a_head_tells_what_was_there() -> None:
    assert found([]).findings == ()
    assert told(found([], 3)) == [(Harm.CUT, 1, 3)]


@given(st.integers(0, 19))
def test_a_changed_line(number: int) -> None:
    lines = [*LINES]
    lines[number] = lines[number].replace(b'"level":2', b'"level":3')
    assert told(found(lines, 20)) == [(Harm.CHANGED, number + 1, number + 1)]


@given(st.integers(0, 18))
def test_a_changed_line_with_another_hash(number: int) -> None:
    lines = [*LINES]
    lines[number] = forged(lines[number], change="cleared")
    assert told(found(lines, 20)) == [(Harm.CHANGED, number + 1, number + 2)]
    assert (Harm.OTHER, number + 1, number + 1) in told(found(lines, number + 1))


@given(st.integers(0, 19), st.sampled_from([(b'{"', b'{"by":{"name":"Nobody"},"'), (b'":', b'": '), (b"\n", b" \n")]))
def test_a_line_that_reads_otherwise_to_people_than_to_programs(number: int, spelt: tuple[bytes, bytes]) -> None:
    """A name that stands twice, of which programs take the second; blanks."""
    lines = [*LINES]
    lines[number] = lines[number].replace(*spelt, 1)
    assert json.loads(lines[number]) == json.loads(LINES[number])
    (finding,) = found(lines, 20).findings
    assert str(finding) == f"line {number + 1}: changed: it is not spelt as it was written"
    with pytest.raises(AuditTampered):
        place_of(lines)


def test_the_last_line_changed_with_its_hash_shows_by_a_head_alone() -> None:
    lines = [*LINES[:-1], forged(LINES[-1], change="cleared")]
    assert told(found(lines)) == []
    assert told(found(lines, 20)) == [(Harm.OTHER, 20, 20)]


@given(st.integers(0, 18), st.integers(1, 5))
def test_missing_lines(first: int, count: int) -> None:
    last = min(first + count, 19)
    lines = LINES[:first] + LINES[last:]
    assert told(found(lines, 20)) == [(Harm.MISSING, first + 1, last)]


@given(st.integers(0, 18), st.integers(0, 18))
def test_a_line_at_another_place(here: int, there: int) -> None:
    lines = [*LINES]
    lines.insert(there, lines.pop(here))
    harms = told(found(lines, 20))
    assert bool(harms) == (here != there)
    assert {harm for harm, _, _ in harms} <= {Harm.REORDERED}
    if there > here:
        assert harms == [(Harm.REORDERED, here + 1, here + 1)]
    else:
        assert harms == [(Harm.REORDERED, one, one) for one in range(there + 1, here + 1)]


def test_a_line_that_stands_there_twice() -> None:
    assert told(found([*LINES[:5], LINES[3], *LINES[5:]], 20)) == [(Harm.REORDERED, 4, 4)]


@given(st.integers(0, 19))
def test_lines_cut_off_the_end(left: int) -> None:
    assert told(found(LINES[:left])) == []
    assert told(found(LINES[:left], 3, 20, 7)) == [(Harm.CUT, left + 1, 20)]


def test_a_torn_last_line() -> None:
    lines = [*LINES[:-1], LINES[-1][:40]]
    assert told(found(lines)) == [(Harm.CUT, 20, 20)]


def test_a_log_that_was_written_anew_from_some_line_on() -> None:
    other = log_of(20, level=1)
    assert told(check(other, [head_of(LINES[:4]), head_of(LINES[:9])])) == [(Harm.OTHER, 4, 9)]


def test_a_beginning_that_was_cut_off() -> None:
    assert told(found(LINES[4:], 20)) == [(Harm.MISSING, 1, 4)]


def test_an_excerpt_follows_the_line_before_it() -> None:
    raw = LINES[5:12]
    assert check(raw, [], place_of(LINES[:5])).findings == ()
    assert check(raw, [], place_of(LINES[:5])).end == place_of(LINES[:12])
    assert told(check(raw, [], Place(5, "0" * 64))) == [(Harm.CHANGED, 6, 6)]


@pytest.mark.parametrize("garbage", [b"\n", b"{}\n", b"[1]\n", b"null\n", b"\xff\xfe\n", b'{"n": 1e9, "hash": ""}\n'])
def test_a_line_that_is_none(garbage: bytes) -> None:
    assert told(found([*LINES[:5], garbage, *LINES[5:]], 20)) == [(Harm.CHANGED, 6, 6)]


def test_a_number_beyond_all_takes_no_time() -> None:
    lines = [*LINES, forged(LINES[-1], n=10**15)]
    assert (Harm.MISSING, 21, 10**15 - 1) in told(found(lines, 20))


@given(st.binary(max_size=400))
def test_any_bytes_are_looked_at(raw: bytes) -> None:
    assert bool(check(io.BytesIO(raw), []).findings) == bool(raw)
