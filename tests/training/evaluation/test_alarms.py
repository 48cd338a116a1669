"""Levels through the ward's own policy: which alerts, which of them false, how often an hour."""

import numpy as np
import pytest

from services.alerts.policy.thresholds import Thresholds
from training.evaluation.alarms import DELAY_S, added, count, rate, replay, summary

RULES = Thresholds()


def stream(*levels: int) -> tuple[np.ndarray, np.ndarray]:
    """Levels 5 s apart."""
    return np.array(levels, np.int64), np.arange(len(levels)) * 5.0


CALM = (0,) * 12


def test_two_moderate_levels_within_the_window_raise_one_alert_and_calm_clears_it() -> None:
    levels, times = stream(0, 2, 2, *CALM)
    (alert,) = replay(levels, times, RULES)
    assert (alert.onset_s, alert.raised_s, alert.level) == (5.0, 10.0 + DELAY_S, 2)
    # calm from 15 s on; it must span 12 s: at 30 s
    assert alert.ended_s == 30.0 + DELAY_S


def test_a_lone_severe_level_raises_after_its_hold_also_at_the_end() -> None:
    (alert,) = replay(*stream(0, 0, 3), RULES)
    assert alert.raised_s == pytest.approx(10.0 + RULES.hold_s)
    assert replay(*stream(0, 3, 0, *CALM), RULES) == []


def test_alerts_from_pain_are_true_and_from_nothing_false() -> None:
    levels, times = stream(*CALM, 3, 3, 3, *CALM, 0, 0, *CALM)
    said = levels.copy()
    said[-10:-8] = 2
    tally = count(levels, said, times, RULES)
    assert (tally.true_alerts, tally.false_alerts, tally.episodes, tally.met) == (1, 1, 1, 1)
    assert tally.hours == pytest.approx(len(levels) * 5 / 3600)
    assert tally.calm_hours == pytest.approx((len(levels) - 3) * 5 / 3600)
    assert tally.delays_s == [5 + DELAY_S]
    blind = count(levels, np.zeros_like(levels), times, RULES)
    assert (blind.true_alerts, blind.false_alerts, blind.episodes, blind.met) == (0, 0, 1, 0)


def test_an_alert_just_before_the_first_painful_keyframe_is_true() -> None:
    true, times = stream(*CALM, 3, 3, 3, *CALM)
    early = np.roll(true, -1)
    late = np.roll(true, 6)
    assert count(true, early, times, RULES).true_alerts == 1
    assert count(true, late, times, RULES).false_alerts == 1


def test_rates_are_poissons() -> None:
    none = rate(0, 2.0)
    assert none is not None
    # exp(-x) = 0.025 for a count of nought: x = 3.689
    assert (none["per_hour"], none["low"], none["high"]) == (0, 0, pytest.approx(3.689 / 2, abs=1e-3))
    five = rate(5, 1.0)
    assert five is not None
    assert (five["low"], five["high"]) == (pytest.approx(1.623, abs=1e-3), pytest.approx(11.668, abs=1e-3))
    assert rate(3, 0.0) is None


def test_sums_over_sequences() -> None:
    levels, times = stream(*CALM, 3, 3, 3, *CALM)
    one = count(levels, levels, times, RULES)
    total = summary(added([one, one, count(levels, np.zeros_like(levels), times, RULES)]))
    assert (total["episodes"], total["episodes_met"], total["false_alerts"]) == (3, 2, 0)
    assert total["hours"] == pytest.approx(3 * one.hours)
    assert total["onset_to_alert_s"] == 5 + DELAY_S
