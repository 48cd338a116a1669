"""Scripts hold episodes of pain between calm stretches, and say the truth about both."""

import pytest

from training.synth.script import Event, nearest_intensity, write_script
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
