"""The bet against an edge that is wrong more often than rounding explains: its bound exactly, its power as stated."""

from __future__ import annotations

from itertools import product

import pytest

from services.snni_client.suspicion import ALARM_BITS, MOST_BY_ROUNDING, Suspicion
from snni.errors import ParameterError
from snni.model.known_pictures import DOUBT_BITS

RATE = 0.0044


def after(answers, rate: float = RATE) -> Suspicion:
    suspicion = Suspicion(rate)
    for right in answers:
        suspicion.answered(right)
    return suspicion


def until_alarm(answers, limit: int = 1_000_000) -> int | None:
    suspicion = Suspicion(RATE)
    for count in range(1, limit + 1):
        suspicion.answered(next(answers))
        if suspicion.alarmed:
            return count
    return None


@pytest.mark.parametrize("rate", [0.001, 0.02])
def test_the_stakes_of_an_edge_as_wrong_as_rounding_allows_are_at_most_one_on_average(rate: float) -> None:
    """Every course of ten answers with its chance."""
    mean = 0.0
    for answers in product((True, False), repeat=10):
        wrong = answers.count(False)
        mean += rate**wrong * (1 - rate) ** (10 - wrong) * 2 ** after(answers, rate).bits
    assert mean == pytest.approx(10 / 11)  # of the bettors that have begun


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_the_chance_that_stakes_ever_reach_a_height_is_below_its_inverse(bits: int) -> None:
    """Every course of 16 answers, each counted where it first gets there."""
    rate = 0.02

    def reached(suspicion: Suspicion, chance: float, left: int) -> float:
        if suspicion.bits >= bits:
            return chance
        if not left:
            return 0.0
        total = 0.0
        for right, part in ((True, 1 - rate), (False, rate)):
            other = Suspicion(rate)
            other.__dict__ |= suspicion.__dict__
            other.answered(right)
            total += reached(other, chance * part, left - 1)
        return total

    assert 0 < reached(after([True], rate), 1.0, 14) <= 2.0**-bits


def test_an_edge_that_is_always_wrong_is_noticed_at_once_and_late() -> None:
    assert until_alarm(iter(lambda: False, None)) <= 12
    for honest in (1_000, 100_000):
        answers = iter([True] * honest + [False] * 30)
        assert until_alarm(answers) <= honest + 20


def test_an_edge_that_says_one_level_or_is_wrong_now_and_then_is_noticed() -> None:
    assert until_alarm(iter([False, False, False, True] * 100)) <= 20
    tenth = iter(([False] + [True] * 9) * 1000)
    assert until_alarm(tenth) <= 200


def test_an_edge_that_is_always_right_or_as_wrong_as_rounding_is_believed() -> None:
    assert after([True] * 100_000).bits < 0
    assert not after(([False] + [True] * 249) * 400).alarmed


def test_what_rounding_makes_wrong_too_often_is_refused() -> None:
    for rate in (0.0, -0.1, MOST_BY_ROUNDING * 1.01, 1.0):
        with pytest.raises(ParameterError):
            Suspicion(rate)


def test_the_alarm_and_the_bound_on_rounding_together_are_two_to_the_minus_forty() -> None:
    assert 2.0**-ALARM_BITS + 2.0**-DOUBT_BITS <= 2.0**-40
