"""The alert policy's rules, one by one, with known answers."""

from datetime import UTC, datetime, timedelta

import pytest

from services.alerts.actor import typed_name
from services.alerts.policy.alert import AlertStatus, Change
from services.alerts.policy.alert_policy import AlertPolicy, PolicyStep
from services.alerts.policy.episode import AlarmState
from services.alerts.policy.errors import AlreadyAcknowledged, ThresholdsError, UnknownAlert
from services.alerts.policy.evidence import Evidence, Verdict
from services.alerts.policy.life_cycle import Accept
from services.alerts.policy.thresholds import Thresholds

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
POLICY = AlertPolicy(Thresholds())


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class Ward:
    """One camera fed by hand; keeps every transition."""

    def __init__(self) -> None:
        self.state = AlarmState("home/east/r1/c1")
        self.changes: list[Change] = []
        self.sequence = 0

    def keep(self, step: PolicyStep) -> PolicyStep:
        self.state = step.state
        self.changes += [t.change for t in step.transitions]
        return step

    def see(self, level: int, seconds: float, *, received: float | None = None, producer: str = "p", sequence: int = 0):
        """A level captured at seconds by its sender's clock, and sent a second later."""
        self.sequence = sequence or self.sequence + 1
        evidence = Evidence(level, at(seconds), at(seconds + 1), producer, self.sequence)
        return self.keep(POLICY.observe(self.state, evidence, at(seconds + 1 if received is None else received)))

    def tick(self, seconds: float) -> PolicyStep:
        return self.keep(POLICY.advance(self.state, at(seconds)))

    def ack(self, by: str, seconds: float) -> PolicyStep:
        assert self.state.alert is not None
        return self.keep(POLICY.act(self.state, self.state.alert.id, Accept(typed_name(by)), at(seconds)))


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


def raised(level: int = 2) -> Ward:
    ward = Ward()
    ward.see(level, 0)
    ward.see(level, 5)
    assert ward.changes == [Change.RAISED]
    return ward


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


def test_a_level_outside_the_scale_is_refused() -> None:
    with pytest.raises(ValueError, match=r"outside 0\.\.3"):
        POLICY.observe(AlarmState("c"), Evidence(4, at(0), at(0), "p", 1), at(0))


@pytest.mark.parametrize(
    "wrong",
    [
        {"raise_level": 1, "clear_level": 1},
        {"raise_level": 4},
        {"clear_level": -1},
        {"hold_s": 0},
        {"clear_pieces": 0},
        {"stale_after_s": 12},
        {"settle_s": -1},
        {"max_skew_s": 0},
        {"silent_after_s": 0},
    ],
)
def test_contradicting_rules_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ThresholdsError):
        Thresholds(**wrong)  # type: ignore[arg-type]
