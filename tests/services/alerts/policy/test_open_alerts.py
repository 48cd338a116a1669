"""What becomes of an open alert: calm, silence, escalation, and who takes it."""

import pytest

from services.alerts.actor import typed_name
from services.alerts.policy.alert import AlertStatus, Change
from services.alerts.policy.alert_policy import AlertPolicy
from services.alerts.policy.episode import AlarmState
from services.alerts.policy.errors import AlreadyAcknowledged, UnknownAlert
from services.alerts.policy.evidence import Evidence
from services.alerts.policy.life_cycle import Accept
from services.alerts.policy.thresholds import Thresholds
from tests.services.alerts.policy.one_camera import POLICY, Ward, at, raised


def test_calm_must_last_and_have_two_pieces() -> None:
    ward = raised()
    ward.see(1, 10)
    ward.see(0, 21.9)
    assert ward.state.alert is not None
    ward.see(1, 22)
    assert ward.state.alert is None
    assert ward.changes == [Change.RAISED, Change.CLEARED]


def test_a_piece_between_the_thresholds_starts_the_calm_over() -> None:
    policy = AlertPolicy(Thresholds(raise_level=3, clear_level=1))
    state = AlarmState("c")
    for sequence, (level, seconds) in enumerate([(3, 0), (3, 5), (0, 10), (2, 16), (0, 23), (0, 30)], start=1):
        state = policy.observe(state, Evidence(level, at(seconds), at(seconds), "p", sequence), at(seconds)).state
    assert state.alert is not None


def test_silence_latches_and_breaks_a_run_of_calm() -> None:
    ward = raised()
    ward.see(0, 10)
    ward.tick(4000)
    assert POLICY.is_stale(ward.state, at(4000))
    ward.see(0, 4000)
    assert ward.state.alert is not None
    ward.see(0, 4012)
    assert ward.state.alert is None


def test_stale_needs_evidence_and_age() -> None:
    assert not POLICY.is_stale(AlarmState("c"), at(1000))
    ward = Ward()
    ward.see(0, 0)
    assert not POLICY.is_stale(ward.state, at(45))
    assert POLICY.is_stale(ward.state, at(45.1))


def test_escalation_lifts_the_level_and_takes_the_alert_back() -> None:
    ward = raised()
    ward.ack("Ada", 8)
    assert ward.state.alert is not None
    assert ward.state.alert.status is AlertStatus.ACKNOWLEDGED
    ward.see(3, 10)
    assert (ward.state.alert.level, ward.state.alert.status, ward.state.alert.signals) == (3, AlertStatus.RAISED, 2)
    assert ward.changes == [Change.RAISED, Change.ACKNOWLEDGED, Change.ESCALATED]


def test_an_acknowledgement_expires_and_signals_again() -> None:
    ward = raised()
    ward.ack("Ada", 10)
    ward.tick(189.9)
    assert ward.changes[-1] is Change.ACKNOWLEDGED
    ward.tick(190)
    alert = ward.state.alert
    assert alert is not None
    assert (alert.status, alert.signalled_at, alert.signals) == (AlertStatus.RAISED, at(190), 2)
    ward.ack("Bo", 200)
    assert ward.state.alert is not None
    assert ward.state.alert.status is AlertStatus.ACKNOWLEDGED


def test_an_acknowledgement_belongs_to_one_person() -> None:
    ward = raised()
    ward.ack("Ada", 10)
    assert ward.ack("Ada", 11).transitions == ()
    with pytest.raises(AlreadyAcknowledged) as taken:
        ward.ack("Bo", 12)
    assert taken.value.by.name == "Ada"
    with pytest.raises(UnknownAlert):
        POLICY.act(ward.state, "other", Accept(typed_name("Bo")), at(12))


def test_calm_does_not_take_an_alert_from_whoever_is_on_the_way_and_ends_it_with_her_promise() -> None:
    ward = raised()
    ward.ack("Ada", 8)
    for seconds in range(10, 168, 20):
        ward.see(0, seconds)
        ward.tick(seconds + 19)
    assert ward.changes[-1] is Change.ACKNOWLEDGED
    ward.tick(188)
    assert ward.changes[-1] is Change.CLEARED
