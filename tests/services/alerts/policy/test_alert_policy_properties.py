"""What holds on every path: broken clocks, lost, repeated and reordered evidence, restarts, any rhythm of timers."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.alerts.codec import decode_state, encode_state
from services.alerts.policy.alert_policy import AlertPolicy
from services.alerts.policy.episode import AlarmState, Change, Evidence, Transition, Verdict
from services.alerts.policy.rules import Rules

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
RULES = Rules()
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
            captured_at=START + timedelta(seconds=now + draw(offsets)),
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
    state = POLICY.observe(state, Evidence(3, captured, "fresh", 1), first).state
    deadline = first + timedelta(seconds=RULES.hold_s + RULES.settle_s)
    again = first + timedelta(seconds=gap)
    if again < deadline:
        state = POLICY.observe(state, Evidence(3, captured + timedelta(seconds=gap), "fresh", 2), again).state
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


@given(arrivals(), st.lists(st.floats(0, 400), max_size=6))
def test_timers_fire_the_same_however_often_they_are_looked_at(sequence: list[Arrival], looks: list[float]) -> None:
    state, _, now = fold(sequence)
    end = now + timedelta(seconds=400)
    once = POLICY.advance(state, end)
    often, seen = state, []
    for look in [*sorted(looks), 400.0]:
        step = POLICY.advance(often, now + timedelta(seconds=look))
        often, seen = step.state, [*seen, *step.transitions]
    assert often == once.state
    assert tuple(seen) == once.transitions


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
    state = POLICY.observe(state, Evidence(2, now, "fresh", 1), now).state
    state = POLICY.observe(state, Evidence(2, now, "fresh", 2), now).state
    assert state.alert is not None
    for sequence in range(3, 3 + pieces):
        now += timedelta(seconds=silence)
        state = POLICY.observe(state, Evidence(0, now, "fresh", sequence), now).state
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
    state = POLICY.observe(state, Evidence(3, now, "fresh", 1), now).state
    if state.alert is None:
        due = state.hold_due
        assert due is not None
        assert POLICY.advance(state, due - timedelta(microseconds=1)).state.alert is None
        assert POLICY.advance(state, due + timedelta(seconds=later)).state.alert is not None
