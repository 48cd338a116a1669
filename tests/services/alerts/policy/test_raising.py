"""When an alert is raised: two pieces near one another, or pain that persists; a lone severe one once held."""

from services.alerts.policy.alert import AlertStatus, Change
from tests.services.alerts.policy.one_camera import Ward, at


def test_one_moderate_piece_raises_nothing() -> None:
    ward = Ward()
    ward.see(2, 0)
    ward.tick(40)
    assert ward.state.alert is None


def test_two_moderate_pieces_within_the_window_raise() -> None:
    ward = Ward()
    ward.see(2, 0)
    ward.see(0, 5)
    ward.see(2, 20)
    alert = ward.state.alert
    assert alert is not None
    assert (alert.level, alert.status) == (2, AlertStatus.RAISED)
    assert (alert.onset_at, alert.raised_at) == (at(0), at(21))


def test_two_pieces_outside_the_window_with_calm_between_do_not_raise() -> None:
    ward = Ward()
    ward.see(2, 0)
    ward.see(1, 5)
    ward.see(2, 20.001)
    assert ward.state.alert is None


def test_pain_that_persists_raises_though_reduction_dropped_the_pieces_between() -> None:
    ward = Ward()
    ward.see(2, 0)
    ward.see(2, 44)
    assert ward.changes == [Change.RAISED]


def test_two_pieces_further_apart_than_stale_do_not_persist() -> None:
    ward = Ward()
    ward.see(2, 0)
    ward.see(2, 46)
    assert ward.state.alert is None


def test_a_lone_severe_piece_raises_once_held() -> None:
    ward = Ward()
    ward.see(3, 0)
    ward.tick(9.9)
    assert ward.state.alert is None
    ward.tick(10)
    assert ward.state.alert is not None
    assert (ward.state.alert.level, ward.state.alert.raised_at, ward.state.alert.onset_at) == (3, at(10), at(0))


def test_calmer_evidence_cancels_the_hold() -> None:
    ward = Ward()
    ward.see(3, 0)
    ward.see(1, 5)
    ward.tick(60)
    assert ward.changes == []


def test_a_backlog_is_read_before_a_lone_severe_piece_raises() -> None:
    ward = Ward()
    ward.see(3, 0, received=100)
    ward.tick(101)
    ward.see(0, 5, received=101)
    ward.tick(130)
    assert ward.changes == []


def test_a_lone_severe_piece_that_arrives_late_still_raises() -> None:
    ward = Ward()
    ward.see(3, 0, received=100)
    ward.tick(109)
    assert ward.changes == [Change.RAISED]
