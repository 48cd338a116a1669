"""What holds on every path: broken clocks, lost, repeated and reordered evidence, restarts, any rhythm of timers."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.alerts.actor import typed_name
from services.alerts.policy.alert import AlertStatus, Change, Transition
from services.alerts.policy.alert_policy import AlertPolicy
from services.alerts.policy.episode import AlarmState
from services.alerts.policy.evidence import Evidence, Verdict
from services.alerts.policy.life_cycle import Accept
from services.alerts.policy.moments import bounded, moved
from services.alerts.policy.thresholds import Thresholds
from services.alerts.state.alarm_state_codec import decode_state, encode_state

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
RULES = Thresholds()
POLICY = AlertPolicy(RULES)


@dataclass(frozen=True)
class Arrival:
    """Evidence, how long after the arrival before it, and whether a tick of the timers came first."""

    evidence: Evidence
    gap_s: float
    tick: bool


ANY_LEVEL = st.integers(0, 3)
offsets = st.one_of(st.floats(-3, 0), st.floats(-4000, 4000))


@st.composite
def arrivals(draw: st.DrawFn, most: int = 25, levels: st.SearchStrategy[int] = ANY_LEVEL) -> list[Arrival]:
    """Any sequence: two producers, sequences that repeat and go back, clocks that jump an hour either way."""
    made: list[Arrival] = []
    now = 0.0
    for _ in range(draw(st.integers(0, most))):
        gap = draw(st.sampled_from([0.0, 0.5, 5.0, 5.0, 15.0, 60.0]))
        now += gap
        evidence = Evidence(
            level=draw(levels),
            captured_at=(captured := START + timedelta(seconds=now + draw(offsets))),
            published_at=captured + timedelta(seconds=draw(st.sampled_from([0.9, 0.9, 0.0, 15.0, -50.0, 4000.0]))),
            producer=draw(st.sampled_from(["a", "b"])),
            sequence=draw(st.integers(1, 40)),
        )
        made.append(Arrival(evidence, gap, draw(st.booleans())))
    return made


def fold(
    sequence: list[Arrival], state: AlarmState | None = None, now: datetime = START
) -> tuple[AlarmState, list[Transition], datetime]:
    state = state or AlarmState("home/east/r1/c1")
    seen: list[Transition] = []
    for arrival in sequence:
        now += timedelta(seconds=arrival.gap_s)
        if arrival.tick:
            step = POLICY.advance(state, now)
            state = step.state
            seen += step.transitions
        step = POLICY.observe(state, arrival.evidence, now)
        state = step.state
        seen += step.transitions
    return state, seen, now


@given(before=arrivals(), skew=st.floats(-4000, 4000), latency=st.floats(0, 3), gap=st.floats(0.1, 120))
def test_sustained_level_three_never_stays_without_an_alert(
    before: list[Arrival], skew: float, latency: float, gap: float
) -> None:
    """Whatever came before: level 3 with nothing calmer after it is raised hold_s + settle_s after its reception."""
    state, _, now = fold(before)
    first = now + timedelta(seconds=gap + latency)
    captured = now + timedelta(seconds=gap + skew)
    state = POLICY.observe(state, Evidence(3, captured, captured + timedelta(seconds=latency), "fresh", 1), first).state
    deadline = first + timedelta(seconds=RULES.hold_s + RULES.settle_s)
    again = first + timedelta(seconds=gap)
    if again < deadline:
        later = captured + timedelta(seconds=gap)
        state = POLICY.observe(state, Evidence(3, later, later, "fresh", 2), again).state
    state = POLICY.advance(state, deadline).state
    assert state.alert is not None
    assert state.alert.level == 3


@given(arrivals(levels=st.integers(0, 1)))
def test_no_alert_without_evidence_at_raise_level(sequence: list[Arrival]) -> None:
    state, seen, now = fold(sequence)
    assert not seen
    assert POLICY.advance(state, now + timedelta(days=1)).state.alert is None


@given(arrivals())
def test_an_alert_stands_on_evidence_of_its_level(sequence: list[Arrival]) -> None:
    _, seen, _ = fold(sequence)
    given_levels = {arrival.evidence.level for arrival in sequence}
    for transition in seen:
        assert transition.alert.level >= RULES.raise_level
        assert transition.alert.level in given_levels
        assert transition.alert.onset_at <= transition.at


@given(arrivals(), st.data())
def test_replaying_applied_evidence_changes_nothing(sequence: list[Arrival], data: st.DataObject) -> None:
    state, _, now = fold(sequence)
    for arrival in data.draw(st.lists(st.sampled_from(sequence), max_size=20)) if sequence else []:
        step = POLICY.observe(state, arrival.evidence, now)
        assert step.verdict is not Verdict.APPLIED
        assert step.state == state
        assert not step.transitions


@given(arrivals(), st.integers(0, 25))
def test_a_restart_equals_no_restart(sequence: list[Arrival], cut: int) -> None:
    whole, seen, _ = fold(sequence)
    halfway, early, now = fold(sequence[:cut])
    restored = decode_state(json.loads(json.dumps(encode_state(halfway))))
    assert restored == halfway
    after, late, _ = fold(sequence[cut:], restored, now)
    assert after == whole
    assert early + late == seen


def without_calls_made_up(state: AlarmState) -> AlarmState:
    """The state without how often it called: who looks less often has called less often, and as lately."""
    return state if state.alert is None else replace(state, alert=replace(state.alert, signals=0))


@given(arrivals(), st.lists(st.floats(0, 400), max_size=6))
def test_timers_fire_the_same_however_often_they_are_looked_at(sequence: list[Arrival], looks: list[float]) -> None:
    state, _, now = fold(sequence)
    end = now + timedelta(seconds=400)
    once = POLICY.advance(state, end)
    often, seen = state, []
    for look in [*sorted(looks), 400.0]:
        step = POLICY.advance(often, now + timedelta(seconds=look))
        often, seen = step.state, [*seen, *step.transitions]
    assert without_calls_made_up(often) == without_calls_made_up(once.state)
    assert [one.change for one in seen if one.change is not Change.REPEATED] == [
        one.change for one in once.transitions if one.change is not Change.REPEATED
    ]


@given(arrivals())
def test_event_time_never_goes_back_nor_ahead_of_reception(sequence: list[Arrival]) -> None:
    state, now = AlarmState("c"), START
    for arrival in sequence:
        now += timedelta(seconds=arrival.gap_s)
        before = state.last
        state = POLICY.observe(state, arrival.evidence, now).state
        assert state.last is None or state.last.at <= now
        assert before is None or (state.last is not None and state.last.at >= before.at)


@given(arrivals(), st.floats(45.5, 600), st.integers(1, 6))
def test_calm_pieces_with_silence_between_them_never_clear(before: list[Arrival], silence: float, pieces: int) -> None:
    state, _, now = fold(before)
    state = POLICY.observe(state, Evidence(2, now, now, "fresh", 1), now).state
    state = POLICY.observe(state, Evidence(2, now, now, "fresh", 2), now).state
    assert state.alert is not None
    for sequence in range(3, 3 + pieces):
        now += timedelta(seconds=silence)
        state = POLICY.observe(state, Evidence(0, now, now, "fresh", sequence), now).state
    assert state.alert is not None


@given(arrivals())
def test_every_life_cycle_is_well_formed(sequence: list[Arrival]) -> None:
    """Raised once, changed only while open, cleared once; only one alert of a camera is open at a time."""
    open_id: str | None = None
    for transition in fold(sequence)[1]:
        if transition.change is Change.RAISED:
            assert open_id is None
            open_id = transition.alert.id
        assert transition.alert.id == open_id
        if transition.change is Change.CLEARED:
            open_id = None


@settings(max_examples=25)
@given(arrivals(), st.floats(0, 1))
def test_a_held_severe_piece_is_raised_by_time_alone(before: list[Arrival], later: float) -> None:
    state, _, now = fold(before)
    state = POLICY.observe(state, Evidence(3, now, now, "fresh", 1), now).state
    if state.alert is None:
        due = state.hold_due
        assert due is not None
        assert POLICY.advance(state, due - timedelta(microseconds=1)).state.alert is None
        assert POLICY.advance(state, due + timedelta(seconds=later)).state.alert is not None


seconds = st.floats(-400 * 86400, 400 * 86400)
any_clock = st.tuples(seconds, st.one_of(st.just(0.9), st.floats(-20, 40), seconds))
"""How far a sender's clock is from ours at capture, and how long it says that it took until it sent."""


@given(before=arrivals(), first=any_clock, second=any_clock, gap=st.floats(0, RULES.repeat_window_s))
def test_pain_is_never_lost_to_a_clock(
    before: list[Arrival], first: tuple[float, float], second: tuple[float, float], gap: float
) -> None:
    """Two levels 2 received at most repeat_window_s apart stand in an alert, whatever their sender's clock says."""
    state, _, now = fold(before)
    for number, (offset, took) in enumerate((first, second), 1):
        captured = now + timedelta(seconds=offset)
        evidence = Evidence(2, captured, captured + timedelta(seconds=took), "fresh", number)
        step = POLICY.observe(state, evidence, now)
        assert step.verdict is Verdict.APPLIED
        state = step.state
        now += timedelta(seconds=gap)
    assert state.alert is not None


@given(arrivals(), st.floats(-1e8, 1e8), st.floats(0, 400))
def test_setting_the_clock_touches_no_timer(sequence: list[Arrival], by_s: float, later: float) -> None:
    """The state moved with the clock does at every moment what it would have done, as much later by the clock."""
    state, _, now = fold(sequence)
    by, end = timedelta(seconds=by_s), now + timedelta(seconds=later)
    straight = POLICY.advance(state, end)
    stepped = POLICY.advance(moved(state, by), end + by)
    assert stepped.state == moved(straight.state, by)
    assert [one.change for one in stepped.transitions] == [one.change for one in straight.transitions]
    assert [one.at - by for one in stepped.transitions] == [one.at for one in straight.transitions]
    assert POLICY.is_stale(moved(state, by), end + by) == POLICY.is_stale(state, end)


@given(arrivals(), st.integers(0, 25), st.floats(-1e8, 1e8))
def test_clocks_that_are_set_alike_change_nothing(sequence: list[Arrival], cut: int, by_s: float) -> None:
    """Evidence before and after the ward's clock and its senders' are set together: the same alerts."""
    by = timedelta(seconds=by_s)
    whole, seen, _ = fold(sequence)
    halfway, early, now = fold(sequence[:cut])
    rest = [
        replace(
            one,
            evidence=replace(
                one.evidence, captured_at=one.evidence.captured_at + by, published_at=one.evidence.published_at + by
            ),
        )
        for one in sequence[cut:]
    ]
    after, late, _ = fold(rest, moved(halfway, by), now + by)
    assert after == moved(whole, by)
    assert [one.change for one in early + late] == [one.change for one in seen]


@given(arrivals(), st.floats(-1e8, 1e8))
def test_after_a_restart_with_another_clock_no_promise_and_no_hold_outlasts_its_time(
    sequence: list[Arrival], by_s: float
) -> None:
    state, _, now = fold(sequence)
    if state.alert is not None:
        state = POLICY.act(state, state.alert.id, Accept(typed_name("Ada")), now).state
    wrong = now + timedelta(seconds=by_s)
    after = bounded(state, wrong, RULES)
    end = POLICY.advance(after, wrong + timedelta(seconds=RULES.ack_timeout_s)).state
    assert end.hold_due is None
    assert end.alert is None or end.alert.status is not AlertStatus.ACKNOWLEDGED
    assert after.last is None or after.last.at <= wrong
    assert POLICY.is_stale(after, wrong + timedelta(seconds=RULES.stale_after_s + 0.001)) == (after.last is not None)
