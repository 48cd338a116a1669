"""Whole networks on authenticated bits: scores and levels are the reference's, exactly; a departure ends the run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from snni.errors import ParameterError, SnniError
from snni.model.reference import Reference
from snni.twoparty.active import network
from snni.twoparty.active.network import MOST_ANDS, ActiveNetwork, check_plan, most_ands
from snni.twoparty.active.party import Party, Side
from snni.twoparty.active.triples import TripleMaker
from snni.twoparty.active.words import Arithmetic, bits_of, extended, numbers
from tests.snni.twoparty.active.spoilt import REAL, Spoilt
from tests.support.active_parties import party, run_both
from tests.support.ideal_ots import both
from tests.support.networks import grey, residual
from tests.support.tiny import tiny


def picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, tiny().plan.input_shape, np.uint8)


def test_words_are_added_subtracted_and_chosen_for_all_small_ones() -> None:
    bits = 3
    x, y = (one.reshape(-1) for one in np.meshgrid(np.arange(8), np.arange(8)))

    def run(who: Party):
        words = Arithmetic(who, TripleMaker(who))
        one = who.input(Side.CLIENT, bits_of(x, bits).reshape(-1)).reshape(bits, 64)
        other = who.input(Side.SERVER, bits_of(y, bits).reshape(-1)).reshape(bits, 64)
        constant = words.constant(x, bits)
        made = {
            "sum": words.add(one, other),
            "difference": words.subtract(one, other),
            "total": words.total([one, other, one, constant, other]),
            "choice": words.select(one[0], one, other),
            "signed": extended(one, 5, signed=True),
            "cut": extended(one, 2, signed=True),
        }
        return {
            name: numbers(who.open_to(Side.CLIENT, word.reshape(-1)).reshape(word.shape)) for name, word in made.items()
        }

    got, _ = run_both(run)
    assert np.array_equal(got["sum"], (x + y) % 8) and np.array_equal(got["difference"], (x - y) % 8)
    assert np.array_equal(got["total"], (3 * x + 2 * y) % 8) and np.array_equal(got["cut"], x % 4)
    assert np.array_equal(got["choice"], np.where(x & 1, x, y))
    assert np.array_equal(got["signed"], np.where(x >= 4, x + 24, x))


def test_scores_and_level_are_the_references_and_ands_within_the_bound() -> None:
    plan = tiny().plan
    wanted = Reference(plan, tiny().weights).run(picture(1))

    def run(who: Party):
        one = ActiveNetwork(plan, who)
        image, weights = (picture(1), {}) if who.side is Side.CLIENT else (None, tiny().weights)
        values = one.values(image, weights)
        return one.reveal(values[plan.scores]), one.reveal(values[plan.output]), one.triples.made

    (scores, level, made), (*nothing, _) = run_both(run)
    assert np.array_equal(scores.reshape(-1), wanted.scores % (1 << plan.values[plan.scores].ring_bits))
    assert level.item() == wanted.level and not any(part.any() for part in nothing)
    assert made <= most_ands(plan) * 9 // 8 + 1024


@pytest.mark.heavy
def test_levels_are_the_references_over_real_transfers() -> None:
    plan, reference = tiny().plan, Reference(tiny().plan, tiny().weights)
    for seed in range(3):

        def run(who: Party, seed: int = seed):
            mine = who.side is Side.CLIENT
            return ActiveNetwork(plan, who).level(picture(seed) if mine else None, {} if mine else tiny().weights)

        level, _ = run_both(run, REAL)
        assert level == reference.run(picture(seed)).level


@pytest.mark.heavy
@pytest.mark.parametrize("cheater", Side)
def test_a_spoilt_message_of_a_network_ends_it_or_is_another_input(cheater: Side) -> None:
    """A message in a hundred, and the last ones, each spoilt in a run of its own."""
    plan = tiny().plan
    wanted = Reference(plan, tiny().weights).run(picture(1)).level

    def run(at: int) -> tuple[Any, BaseException | None, int]:
        held: dict[Side, Any] = {}
        errors: dict[Side, BaseException] = {}
        wrapped: list[Spoilt] = []

        def side(which: Side) -> Any:
            def here(channel: Any) -> None:
                wrapped.extend([Spoilt(channel, at)] * (which is cheater))
                mine = which is Side.CLIENT
                try:
                    run = ActiveNetwork(plan, party(which, wrapped[0] if which is cheater else channel))
                    held[which] = run.level(picture(1) if mine else None, {} if mine else tiny().weights)
                except SnniError as error:
                    errors[which] = error
                    channel.close()

            return here

        both(side(Side.CLIENT), side(Side.SERVER))
        honest = Side(1 - cheater.value)
        return held.get(Side.CLIENT), errors.get(honest), wrapped[0].sent

    level, error, messages = run(-1)
    assert level == wanted and error is None
    ended = 0
    for at in [*range(5, messages, max(1, messages // 20)), messages - 2, messages - 1]:
        level, error, _ = run(at)
        if cheater is Side.SERVER and error is None:
            assert level in range(plan.levels), at
        ended += error is not None
    assert ended >= 15


def test_networks_that_are_too_large_are_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert most_ands(tiny().plan) < most_ands(grey().plan) < MOST_ANDS
    monkeypatch.setattr(network, "MOST_ANDS", most_ands(grey().plan) - 1)
    check_plan(tiny().plan)
    with pytest.raises(ParameterError, match="ANDs for this network"):
        check_plan(grey().plan)
    with pytest.raises(ParameterError, match="no protocol for maxpool"):
        check_plan(residual().plan)
