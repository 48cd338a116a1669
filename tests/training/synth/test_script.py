"""Scripts hold episodes of pain between calm stretches, and say the truth about both."""

import numpy as np
import pytest

from training.synth.behaviour import meal, sleep, turn_away
from training.synth.event import Event
from training.synth.front import Front
from training.synth.routine import write_routine
from training.synth.script import SHORT_EPISODE_S, Script, nearest_intensity, write_script
from training.synth.units import STRENGTH, ActionUnits, Movement


@pytest.mark.parametrize("seed", range(6))
def test_two_long_painful_episodes_and_calm_around_them(seed: int) -> None:
    script = write_script(seed, 180)
    assert len(script.episodes) == 2
    for start, end in script.episodes:
        assert 25 <= end - start <= 40
        held = [script.truth_at(start + 3 + second).pspi for second in range(int(end - start - 7))]
        assert min(held) > 3 and max(held) >= 7
    (_, first_end), (second_start, _) = script.episodes
    assert second_start - first_end > 30
    outside = [t / 2 for t in range(360) if not any(a - 1 < t / 2 < b + 1 for a, b in script.episodes)]
    calm = [script.truth_at(t).level for t in outside]
    assert max(calm) <= 1 and calm.count(0) > 0.75 * len(calm)


def test_longer_scripts_have_more_episodes() -> None:
    assert len(write_script(1, 20).episodes) == 2
    assert len(write_script(1, 600).episodes) == 5


def test_a_blink_closes_the_eyes_and_is_not_counted() -> None:
    script = write_script(2, 120)
    start = next(blink for blink in script.blinks if script.truth_at(blink + 0.13).pspi == 0)
    assert script.movement_at(start + 0.13).closure > 0.9
    assert script.truth_at(start + 0.13).au43 == 0
    assert script.movement_at(start + 0.3).blink < 0.1


def test_the_same_seed_is_the_same_script() -> None:
    assert write_script(3, 60) == write_script(3, 60)
    assert write_script(3, 60) != write_script(4, 60)


def test_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="20 s"):
        write_script(0, 5)


def test_an_event_rises_holds_and_falls() -> None:
    event = Event(10, 2, 4, 2, Movement.of(ActionUnits(au4=5)))
    amounts = [event.amount_at(t) for t in (9, 11, 12, 14, 17, 19)]
    assert amounts == [0, 0.5, 1, 1, 0.5, 0]


def test_intensities_survive_being_drawn() -> None:
    assert [nearest_intensity(strength) for strength in STRENGTH] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("seed", range(4))
def test_short_episodes_rise_hold_and_fall_within_5_to_15_s(seed: int) -> None:
    script = write_script(seed, 180, SHORT_EPISODE_S)
    assert len(script.episodes) == 2
    for start, end in script.episodes:
        assert 5 <= end - start <= 15
        course = [script.truth_at(start + part * (end - start)).pspi for part in (0.02, 0.35, 0.98)]
        assert course[1] > 3 > max(course[0], course[2])
        assert script.truth_at(end + 0.1).level <= 1


def test_a_sleeping_face_scores_one() -> None:
    script = Script((sleep(5.0, 30.0, np.random.default_rng(1)),), (), ())
    assert [script.truth_at(t).pspi for t in (4.0, 20.0, 36.0)] == [0, 1, 0]
    assert script.movement_at(20.0).closure == 1


def test_a_meal_chews_and_a_hand_comes_and_goes() -> None:
    events = meal(3.0, np.random.default_rng(2))
    script = Script(tuple(events), (), ())
    times = np.arange(3.0, events[-1].end_s, 0.05)
    assert {script.front_at(t).hand for t in times} == {"", "spoon"}
    assert script.front_at(2.9).hand == "" and 0 < script.front_at(3.3).reach < 1
    jaws = np.array([script.movement_at(t).jaw for t in times if script.front_at(t).hand == ""])
    assert np.sum((jaws[1:-1] > jaws[:-2]) & (jaws[1:-1] >= jaws[2:])) >= 6
    assert all(script.truth_at(t).pspi == 0 for t in times)


def test_a_turned_head_comes_back() -> None:
    event = turn_away(2.0, np.random.default_rng(3))
    script = Script((event,), (), ())
    assert abs(script.turn_at(2.0 + event.onset_s + 1)) == abs(event.turn) >= 0.6
    assert script.turn_at(event.end_s + 0.1) == 0


def test_a_routine_has_everything_and_no_two_at_once() -> None:
    script = write_routine(5, 900)
    assert write_routine(5, 900) == script != write_routine(6, 900)
    assert all(5 <= end - start <= 15 for start, end in script.episodes) and len(script.episodes) >= 3
    assert any(event.turn for event in script.events) and any(event.chews for event in script.events)
    assert {event.hand for event in script.events} >= {"", "spoon"}
    assert max(script.truth_at(start + 0.4 * (end - start)).level for start, end in script.episodes) == 3
    fronts = {write_routine(seed, 20).front for seed in range(20)}
    assert Front() in fronts and len(fronts) > 3
    with pytest.raises(ValueError, match="20 s"):
        write_routine(0, 5)
