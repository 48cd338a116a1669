"""Any one of four servers does anything at any message: who asked gets the right level, or none.

Every frame that one server sends another is changed in turn, in each way; then each evaluator opens a wrong share and
goes on as if it were right, at every opening, which only the dealer's check can tell.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from snni.errors import DeviationError, SnniError
from snni.multiparty.keys import DealerKeys, PairKey
from snni.multiparty.opening import ChannelOpening
from snni.multiparty.roles import EVALUATORS, Role
from tests.snni.multiparty.check import four as four_servers
from tests.snni.multiparty.check.four import STREAMS, Four, honest
from tests.snni.multiparty.lies import WAYS, Once, flipped, one_bit_else, one_more
from tests.support import networks
from tests.support.networks import clear_picture
from tests.support.waiting import PATIENCE_S


@pytest.fixture(scope="module")
def little(tmp_path_factory):
    picture, level = clear_picture(networks.little)
    return Four(networks.little(), tmp_path_factory.mktemp("little")), picture[None], level


@pytest.fixture(scope="module")
def frames(little):
    """What is sent by stream where all follow the protocol."""
    four, picture, level = little
    ended = four.run(picture)
    assert ended.errors == {} and ended.results == (level,)
    return ended.frames


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("stream", STREAMS)
def test_every_message_of_every_server(little, frames, stream, way):
    four, picture, level = little
    assert frames[stream]
    for target, earlier in enumerate(frames[stream]):

        def tamper(name, number, payload, target=target, earlier=earlier):
            return WAYS[way](payload, earlier) if (name, number) == (stream, target) else payload

        ended = four.run(picture, tamper, timeout_s=PATIENCE_S)
        sent = ended.frames[stream][target] if len(ended.frames[stream]) > target else None
        if way == "of an earlier run" and sent == earlier:  # of a few bits, by chance the same
            assert ended.results == (level,)
        else:
            assert ended.results is None, (stream, target)
            assert ended.errors
            assert all(isinstance(error, SnniError) for error in ended.errors.values())


@pytest.mark.parametrize("role", EVALUATORS)
@pytest.mark.parametrize(("kind", "change"), [("bits", one_bit_else), ("ring", one_more)])
def test_a_wrong_share_that_both_evaluators_go_on_with(little, monkeypatch, kind, change, role):
    """As a liar would: it knows what the other makes of its lie, and says the same to the dealer. At every opening."""
    four, picture, level = little
    once = Once(monkeypatch, ChannelOpening, kind, change, lambda self: self._outward.name == f"open {role.value}")
    assert four.run(picture).results == (level,)
    openings = once.calls + 1
    assert openings > 1
    for target in range(openings):
        once.at(target)
        ended = four.run(picture)
        assert ended.results is None
        assert isinstance(ended.errors[Role.DEALER], DeviationError)
        assert set(ended.errors) == {Role.DEALER}  # nobody else could tell


@pytest.mark.parametrize("part", ["first", "second", "own"])
def test_a_dealer_who_deals_by_other_keys(little, monkeypatch, part):
    four, picture, _ = little
    real = four_servers._Run.deal

    def deal(run):
        run.keys = dataclasses.replace(run.keys, **{part: PairKey.fresh()})
        return real(run)

    def isolated(run):
        alone = object.__new__(type(run))
        alone.__dict__.update(run.__dict__)
        return deal(alone)

    monkeypatch.setattr(four_servers._Run, "deal", isolated)
    ended = four.run(picture, timeout_s=PATIENCE_S)
    assert ended.results is None and isinstance(ended.errors[Role.SECOND], DeviationError)


def test_an_evaluator_dealt_to_by_another_key(little, monkeypatch):
    """The first is sent nothing but its key: the witness's hash of that tells it."""
    four, picture, _ = little
    real = four_servers._Run.evaluate

    def evaluate(run, index):
        alone = object.__new__(type(run))
        alone.__dict__.update(run.__dict__)
        if index == 0:
            alone.keys = DealerKeys(PairKey.fresh(), run.keys.second, run.keys.own)
        return real(alone, index)

    monkeypatch.setattr(four_servers._Run, "evaluate", evaluate)
    ended = four.run(picture, timeout_s=PATIENCE_S)
    assert ended.results is None and isinstance(ended.errors[Role.FIRST], DeviationError)


def test_whether_it_aborts_does_not_depend_on_the_picture(little, frames):
    """The witness's corrections and the evaluators' claims changed at every place of a message, two pictures each."""
    four, picture, _ = little
    others = (picture, np.zeros_like(picture))
    for stream in ("correct", "check first", "open first"):
        target = len(frames[stream]) // 2
        for at in range(0, 8 * len(frames[stream][target]), 11):

            def tamper(name, number, payload, stream=stream, target=target, at=at):
                return flipped(payload, at) if (name, number) == (stream, target) else payload

            ends = [four.run(one, tamper, timeout_s=PATIENCE_S).results is None for one in others]
            assert ends[0] == ends[1]
    assert four.run(others[1], honest).errors == {}
