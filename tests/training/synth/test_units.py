"""The score is Prkachin and Solomon's, for every combination of action units."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.synth.sampling import CAPS, units_for
from training.synth.units import STRENGTH, ActionUnits, Movement

INTENSITY = st.integers(0, 5)


@pytest.mark.parametrize(
    ("units", "pspi", "level"),
    [
        (ActionUnits(), 0, 0),
        (ActionUnits(au12=5, jaw=1, blink=1, stretch=-1), 0, 0),
        (ActionUnits(au43=1), 1, 1),
        (ActionUnits(au6=1, au7=1), 1, 1),
        (ActionUnits(au9=2, au10=1), 2, 2),
        (ActionUnits(au4=1, au43=1), 2, 2),
        (ActionUnits(au4=1, au7=1, au10=1), 3, 3),
        (ActionUnits(au4=5, au6=5, au7=5, au9=5, au10=5, au43=1), 16, 3),
    ],
)
def test_known_scores(units: ActionUnits, pspi: int, level: int) -> None:
    assert (units.pspi, units.level) == (pspi, level)


@given(INTENSITY, INTENSITY, INTENSITY, INTENSITY, INTENSITY, st.integers(0, 1))
def test_the_formula(au4: int, au6: int, au7: int, au9: int, au10: int, au43: int) -> None:
    units = ActionUnits(au4, au6, au7, au9, au10, au43)
    assert units.pspi == au4 + (au6 if au6 > au7 else au7) + (au9 if au9 > au10 else au10) + au43
    assert units.level == (units.pspi if units.pspi < 3 else 3)


@pytest.mark.parametrize("wrong", [{"au4": 6}, {"au6": -1}, {"au7": 1.5}, {"au43": 2}, {"jaw": 1.1}, {"stretch": -2}])
def test_values_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ActionUnits(**wrong)


@given(st.integers(0, 3), st.integers(0, 2**32))
def test_sampled_units_have_the_level_asked_for(level: int, seed: int) -> None:
    units = units_for(level, np.random.default_rng(seed))
    assert units.level == level
    terms = (units.au4, max(units.au6, units.au7), max(units.au9, units.au10), units.au43)
    assert all(0 <= term <= cap for term, cap in zip(terms, CAPS, strict=True))


def test_every_action_unit_is_sampled_alone_at_level_one() -> None:
    rng = np.random.default_rng(0)
    seen = {name for _ in range(200) for name, value in vars(units_for(1, rng)).items() if value}
    assert {"au4", "au6", "au7", "au9", "au10", "au43"} <= seen


def test_level_four_is_refused() -> None:
    with pytest.raises(ValueError, match="level"):
        units_for(4, np.random.default_rng(0))


def test_drawn_strength_grows_with_intensity() -> None:
    drawn = [Movement.of(ActionUnits(au4=intensity)).au4 for intensity in range(6)]
    assert drawn == list(STRENGTH) == sorted(set(drawn))
    assert drawn[0] == 0 and drawn[5] == 1


def test_half_way_between_two_movements() -> None:
    middle = Movement().toward(Movement(au4=1, stretch=-1), 0.5)
    assert (middle.au4, middle.stretch, middle.au6) == (0.5, -0.5, 0)
