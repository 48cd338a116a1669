"""Any one of three servers does anything at any message, or deals or tells anything else: who asked gets the right
level, or none."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest

from snni.errors import DeviationError, SnniError
from snni.multiparty.check.opening import CheckedOpening
from snni.multiparty.opening import ChannelOpening
from snni.multiparty.prove import corrections
from snni.multiparty.prove.keeping import KeepingDealer
from snni.multiparty.roles import EVALUATORS, Role
from tests.snni.multiparty import lies
from tests.snni.multiparty.lies import Once, flipped, one_bit_else, one_more
from tests.snni.multiparty.prove import servers
from tests.snni.multiparty.prove.little import little as made
from tests.snni.multiparty.prove.servers import STREAMS, Three, honest
from tests.support.networks import residual
from tests.support.video_labels import sure_picture
from tests.support.waiting import PATIENCE_S

WAYS = lies.WAYS | {"the last byte another": lambda payload, earlier: payload[:-1] + bytes([payload[-1] ^ 1])}
"""Of a last byte the lowest bit says something, whatever stands behind it."""


@pytest.fixture(scope="module")
def little(tmp_path_factory):
    return made(tmp_path_factory.mktemp("little"))


@pytest.fixture(scope="module")
def frames(little):
    """What is sent by stream where all follow the protocol."""
    three, picture, level = little
    ended = three.run(picture)
    assert ended.errors == {} and ended.results == (level,)
    return ended.frames


def changed_at(little, frames, stream, target, way):
    """Whether who asked got the level though the message was another one."""
    three, picture, level = little
    earlier, other = frames[stream][target], []

    def tamper(name, number, payload):
        if (name, number) != (stream, target):
            return payload
        sent = WAYS[way](payload, earlier)
        other.append(sent != payload)
        return sent

    ended = three.run(picture, tamper, timeout_s=PATIENCE_S)
    assert ended.results in (None, (level,)), (stream, target)
    if ended.results is None:
        assert ended.errors and all(isinstance(error, SnniError) for error in ended.errors.values())
    return ended.results is not None and other == [True]


@pytest.mark.parametrize("stream", STREAMS)
def test_some_messages_of_every_server(little, frames, stream):
    """First, last, and one between; every one of them: the heavy test below."""
    count = len(frames[stream])
    for target in sorted({0, count // 2, count - 1}):
        changed_at(little, frames, stream, target, "a bit flipped")


@pytest.mark.heavy
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("stream", STREAMS)
def test_every_message_of_every_server(little, frames, stream, way):
    passed = [target for target in range(len(frames[stream])) if changed_at(little, frames, stream, target, way)]
    # What may be changed unseen: the hash of what verifiers open, to the one that has no part in opening it; and bits
    # behind the last. A bit of an earlier run may be the same one: then nothing was changed.
    assert len(passed) <= max(2, len(frames[stream]) // 4), passed


DEALINGS = {"additive": one_more, "boolean": one_bit_else, "wide": one_more}


@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.heavy)], ids=["some", "all"])
@pytest.mark.parametrize("kind", DEALINGS)
def test_a_dealer_that_deals_anything_else(little, monkeypatch, kind, step):
    """Everything that is dealt is one off in one place, each in a run: both evaluators find it before a picture is
    there."""
    three, picture, level = little
    once = Once(monkeypatch, KeepingDealer, kind, DEALINGS[kind])
    once.at(-1)
    assert three.run(picture).results == (level,)
    count = once.calls + 1
    assert count >= 2
    for target in range(0, count, step):
        once.at(target)
        ended = three.run(picture, timeout_s=PATIENCE_S)
        assert ended.results is None, target
        assert all(isinstance(ended.errors[role], SnniError) for role in EVALUATORS)
        assert any(isinstance(ended.errors[role], DeviationError) for role in EVALUATORS), (target, ended.errors)
        assert not ended.frames["open first"]


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """Servers that classify a video of two frames by the second, such a video, its label."""
    picture, level = sure_picture(residual())
    return Three(residual(), tmp_path_factory.mktemp("video"), 2, "1"), np.stack([255 - picture, picture]), level


@pytest.mark.parametrize("step", [13, pytest.param(1, marks=pytest.mark.heavy)], ids=["some", "all"])
@pytest.mark.parametrize("kind", DEALINGS)
def test_a_dealer_that_deals_anything_else_for_a_video(video, monkeypatch, kind, step):
    test_a_dealer_that_deals_anything_else(video, monkeypatch, kind, 1 if kind == "wide" else step)


@pytest.mark.heavy
@pytest.mark.parametrize("role", EVALUATORS)
def test_an_evaluator_whose_part_of_a_videos_check_is_wrong(video, monkeypatch, role):
    test_an_evaluator_whose_part_of_a_check_is_wrong(video, monkeypatch, role)


@pytest.mark.parametrize("role", EVALUATORS)
def test_an_evaluator_whose_part_of_a_check_is_wrong(little, monkeypatch, role):
    """Each of them in turn: the dealer finds it before a picture is there."""
    three, picture, level = little
    told, liar = [], []  # the other evaluator tells its parts at the same time, in a thread of its own
    real = corrections._packed

    def packed(part, chi):
        if threading.get_ident() not in liar:
            return real(part, chi)
        told.append(part)
        changed = chi.copy()
        if len(told) - 1 == target:
            changed.reshape(-1)[0] ^= np.uint64(1)
        return real(part, changed)

    exchange = corrections.Corrections.exchange

    def exchanged(self, proving_role):
        if self._ends.role is proving_role is role:
            told.clear()
            liar[:] = [threading.get_ident()]
        return exchange(self, proving_role)

    monkeypatch.setattr(corrections, "_packed", packed)
    monkeypatch.setattr(corrections.Corrections, "exchange", exchanged)
    target = -1
    assert three.run(picture).results == (level,)
    assert len(told) > 4
    for target in range(0, len(told), 4):  # noqa: B007 (packed reads it)
        ended = three.run(picture, timeout_s=PATIENCE_S)
        assert ended.results is None
        assert isinstance(ended.errors[Role.DEALER], SnniError)
        assert not ended.frames["open first"]


@pytest.mark.parametrize("role", EVALUATORS)
@pytest.mark.parametrize("kind", ["bits", "ring"])
def test_a_wrong_share_that_both_evaluators_go_on_with(little, monkeypatch, kind, role):
    """The dealer tells by its own computation, and nobody else could."""
    three, picture, _ = little
    once = Once(
        monkeypatch, ChannelOpening, kind, one_more if kind == "ring" else one_bit_else,
        lambda self: self._outward.name == f"open {role.value}",
    )  # fmt: skip
    three.run(picture)
    for target in range(0, once.calls + 1, 3):
        once.at(target)
        ended = three.run(picture)
        assert ended.results is None
        assert isinstance(ended.errors[Role.DEALER], DeviationError)
        assert set(ended.errors) == {Role.DEALER}


@pytest.mark.parametrize("role", EVALUATORS)
def test_an_evaluator_that_claims_other_terms(little, monkeypatch, role):
    three, picture, _ = little
    once = Once(
        monkeypatch, CheckedOpening, "_tell",
        lambda real, self, hidden, said: real(self, [words ^ np.uint32(1) for words in hidden], said),
        lambda self: self._role is role,
    )  # fmt: skip
    three.run(picture)
    for target in range(0, once.calls + 1, 4):
        once.at(target)
        ended = three.run(picture, timeout_s=PATIENCE_S)
        assert ended.results is None and isinstance(ended.errors[Role.DEALER], DeviationError)


@pytest.mark.parametrize("part", ["dealer", "first", "second"])
def test_a_wrong_mask_of_the_result(little, monkeypatch, part):
    three, picture, _ = little
    name = "deal" if part == "dealer" else "evaluate"
    real = getattr(servers._Run, name)

    def lying(self, *index):
        given = real(self, *index)
        if part == "dealer":
            return given + np.uint32(1)
        results, half = given
        return (results, half + np.uint32(1)) if index[0] == ("first", "second").index(part) else given

    monkeypatch.setattr(servers._Run, name, lying)
    assert three.run(picture).results is None


def test_whether_it_aborts_does_not_depend_on_the_picture(little, frames):
    """A claim and an opening changed at every place of a message, two pictures each."""
    three, picture, _ = little
    others = (picture, np.zeros_like(picture))
    for stream in ("check first", "open first"):
        target = len(frames[stream]) // 2
        for at in range(0, 8 * len(frames[stream][target]), 67):

            def tamper(name, number, payload, stream=stream, target=target, at=at):
                return flipped(payload, at) if (name, number) == (stream, target) else payload

            ends = [three.run(one, tamper, timeout_s=PATIENCE_S).results is None for one in others]
            assert ends[0] == ends[1]
    assert three.run(others[1], honest).errors == {}


def test_keys_that_two_servers_do_not_share_prove_nothing(little):
    """A run's challenges and shares are of its own keys: of others', no proof passes."""
    three, picture, _ = little
    real = servers.PairKey.proof
    changed = []

    def proof(self, number, purpose):
        stream = real(self, number, purpose)
        if purpose == b"asked dealer" and not changed:
            changed.append(self)
            return servers.PairKey(os.urandom(16)).proof(number + 1, purpose)
        return stream

    servers.PairKey.proof = proof
    try:
        assert three.run(picture, timeout_s=PATIENCE_S).results is None
    finally:
        servers.PairKey.proof = real
