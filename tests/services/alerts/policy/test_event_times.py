"""Which moment a piece counts from: repeated, reordered, late, of a wrong clock or of one that is set."""

import pytest

from services.alerts.policy.alert import Change
from services.alerts.policy.episode import AlarmState
from services.alerts.policy.evidence import Evidence, Verdict
from tests.services.alerts.policy.one_camera import POLICY, Ward, at, raised


def test_duplicates_and_reordered_pieces_change_nothing() -> None:
    ward = Ward()
    ward.see(2, 10, sequence=4)
    before = ward.state
    assert ward.see(2, 10, sequence=4).verdict is Verdict.DUPLICATE
    assert ward.see(3, 5, sequence=3).verdict is Verdict.LATE
    assert ward.state == before


def test_calm_of_a_known_other_producer_that_was_seen_earlier_is_late_and_pain_never_is() -> None:
    ward = Ward()
    ward.see(0, 10, producer="a", sequence=1)
    ward.see(0, 20, producer="b", sequence=1)
    assert ward.see(0, 18, received=22, producer="a", sequence=2).verdict is Verdict.LATE
    assert ward.see(2, 18, received=22, producer="a", sequence=3).verdict is Verdict.APPLIED
    assert ward.see(0, 25, producer="a", sequence=4).verdict is Verdict.APPLIED


def test_pain_of_two_rooms_devices_with_clocks_hours_apart_is_never_late() -> None:
    ward = Ward()
    for step in range(6):
        behind = 7200 if step % 2 else 0
        took = ward.see(2, 10 * step - behind, received=10 * step + 1, producer="ab"[step % 2], sequence=step + 1)
        assert took.verdict is Verdict.APPLIED
    assert ward.changes == [Change.RAISED]


@pytest.mark.parametrize("wrong", [-200 * 86400, -7200, -180, -6, 6, 180, 7200, 200 * 86400])
def test_a_wrong_clock_counts_from_the_reception_and_is_known(wrong: float) -> None:
    ward = Ward()
    ward.see(0, wrong, received=1)
    assert ward.state.last is not None
    assert (ward.state.last.at, ward.state.skewed_since) == (at(0), at(1))
    for seconds in (5, 10):
        ward.see(2, wrong + seconds, received=seconds + 1)
    assert ward.changes == [Change.RAISED]
    assert ward.state.alert is not None
    assert (ward.state.alert.onset_at, ward.state.skewed_since) == (at(5), at(1))
    assert not POLICY.is_stale(ward.state, at(50))
    assert POLICY.is_stale(ward.state, at(56))
    ward.see(2, 15)
    assert ward.state.skewed_since is None


def test_pain_is_no_less_repeated_because_its_second_piece_waited_behind_a_lost_connection() -> None:
    for producer, changes in (("p", [Change.RAISED]), ("another device", [])):
        ward = Ward()
        ward.see(2, 0)
        ward.see(2, 6, received=90, producer=producer)
        assert ward.changes == changes
    ward = Ward()
    ward.see(2, 0)
    ward.see(0, 10)
    ward.see(2, 80, received=90)
    assert ward.changes == [], "neither repeated nor persistent by any clock"


def test_a_clock_set_between_capture_and_sending_dates_nothing() -> None:
    for captured, sent in ((-3600, 1), (3600, 1), (0, 3601), (0, -3600)):
        state = POLICY.observe(AlarmState("c"), Evidence(3, at(captured), at(sent), "p", 1), at(1)).state
        assert state.last is not None
        assert state.last.at == at(1)
        assert state.skewed_since == at(1)


def test_a_clock_that_goes_back_never_takes_event_time_back_and_calm_counts_from_its_reception() -> None:
    ward = raised()
    for step in range(3):
        ward.see(0, -3600 + 5 * step, received=10 + 5 * step)
        assert ward.state.last is not None
        assert ward.state.last.at == at(9 + 5 * step)
    assert ward.state.skewed_since == at(10)
    assert ward.state.alert is not None
    ward.see(0, -3600 + 15, received=25)
    assert ward.state.alert is None


def test_a_restarted_producer_with_its_clock_behind_is_heard() -> None:
    ward = Ward()
    ward.see(0, 100, producer="a", sequence=50)
    ward.see(3, 40, received=105, producer="b", sequence=1)
    ward.tick(130)
    assert ward.changes == [Change.RAISED]
