"""Parties that cheat in the extension are caught by the checks; those that do not pass, across every border."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from snni.errors import ConsistencyError, CorrelationError, WireError
from snni.twoparty import _ot
from snni.twoparty.ot import OtParams
from snni.twoparty.ot.extension import CHECK_TRANSFERS
from snni.twoparty.ot.traffic import check_traffic
from snni.twoparty.ot.wire import Tag
from tests.support.plain_transfers import PlainReceiver, element, evaluate, ferret_pair, noise_of, start_of, times

ISAS = _ot.isas()
GROUP_BYTES = 64
CORRECTIONS = 4 + 96 * 2 * 16


def blocks(count: int, seed: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 16), np.uint8)


@pytest.mark.parametrize("isa", ISAS)
def test_products_are_those_of_the_field(isa: str) -> None:
    some = [*blocks(6), np.zeros(16, np.uint8), np.full(16, 255, np.uint8), np.eye(1, 16, 15, np.uint8)[0] * 128]
    for a in some:
        for b in some:
            assert element(_ot.multiply(isa, a, b)) == times(element(a), element(b))


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 31, 32, 33, 63, 64, 97])
def test_evaluate_is_its_definition(isa: str, n: int) -> None:
    chi, rows = blocks(1, 3)[0], blocks(n)
    assert element(_ot.evaluate(isa, chi, rows)) == evaluate(element(chi), rows)


@pytest.mark.parametrize("extension", ["softspoken", "ferret"])
def test_honest_parties_pass_again_and_again_and_at_the_declared_cost(make_pair, extension: str) -> None:
    pair = make_pair(extension=extension, chunk=1 << 14)
    for request in (("bits2", 5000), ("leaf", 1, 3), ("cot", 790_000), ("crossed", 77), None, ("pads", 1)):
        if request:
            pair.ask(*request)
        sent, received = pair.channels[0].bytes_sent, pair.channels[1].bytes_sent
        first, declared = pair.sender.claimed, check_traffic(pair.params, pair.sender.claimed)
        pair.both(pair.sender.check, pair.receiver.check)
        assert pair.sender.claimed == pair.receiver.claimed == first + CHECK_TRANSFERS
        assert pair.channels[0].bytes_sent - sent == declared.from_sender
        assert pair.channels[1].bytes_sent - received == declared.from_receiver
    q, (choices, t) = pair.ask("cot", 500)
    delta = pair.sender._native.reveal_delta()
    assert np.array_equal(t, q ^ (choices[:, None] * delta[None, :]))


def cheat(pair, end: str, tag: Tag, at: int, nth: int = 0) -> None:
    """The end's nth frame of this tag leaves with one bit of one byte flipped."""
    channel = pair.channels[0 if end == "sender" else 1]
    send, seen = channel.send, [0]

    def spoilt(sent_tag: int, payload) -> None:
        data = bytearray(payload)
        if sent_tag == tag + pair.direction:
            if seen[0] == nth:
                data[at] ^= 0x10
            seen[0] += 1
        send(sent_tag, data)

    channel.send = spoilt


def assert_caught(pair, victim: str, work: Callable[[], None]) -> None:
    with pytest.raises(ConsistencyError, match="do not hold together"):
        work()
    with pytest.raises(CorrelationError, match="earlier error"):
        getattr(pair, victim).bits2(10)


@pytest.mark.parametrize("at", [16, 16 + 15, 16 + 144 * 5 + 9, -1])
@pytest.mark.parametrize("nth", [0, 2])
def test_a_sender_whose_tree_sums_are_wrong_is_caught(make_pair, at: int, nth: int) -> None:
    """One bit of one correction, at any level of any tree; the receiver finds out before it has sent a choice."""
    pair = make_pair(extension="ferret", chunk=1 << 14)
    cheat(pair, "sender", Tag.EXTEND, at, nth)
    pair.ask("cot", 50_000)
    assert_caught(pair, "receiver", lambda: pair.both(pair.sender.check, pair.receiver.check))


def test_a_sender_that_cheats_in_the_trees_of_the_next_base_is_caught(make_pair) -> None:
    pair = make_pair(extension="ferret", chunk=1 << 20)
    usable = _ot.lpn_set(16)["usable"]
    pair.ask("cot", usable - 256)
    pair.both(pair.sender.check, pair.receiver.check)
    cheat(pair, "sender", Tag.EXTEND, 16 + 144 * 3)  # the third of the reserved trees
    pair.ask("cot", 5000)
    assert_caught(pair, "receiver", lambda: pair.both(pair.sender.check, pair.receiver.check))


@pytest.mark.parametrize("tag", [Tag.SEAL, Tag.ANSWER])
def test_a_sender_whose_check_is_wrong_is_caught(make_pair, tag: Tag) -> None:
    pair = make_pair(extension="ferret")
    pair.ask("cot", 1024 - 64)  # the check's own transfers open a tree
    cheat(pair, "sender", tag, -1)
    assert_caught(pair, "receiver", lambda: pair.both(pair.sender.check, pair.receiver.check))


def test_a_challenge_that_is_not_the_receivers_gains_nothing(make_pair) -> None:
    """The answer then holds Delta times the difference under a digest: the receiver's own check fails."""
    pair = make_pair(extension="ferret")
    pair.ask("cot", 3000)
    cheat(pair, "receiver", Tag.CHALLENGE, 3)
    assert_caught(pair, "receiver", lambda: pair.both(pair.sender.check, pair.receiver.check))


def plain_pair(seed: int) -> tuple[PlainReceiver, _ot.Sender, int]:
    """A receiver that may cheat, a native sender, and its Delta."""
    sender, receiver = _ot.Sender(4, 1, np.full(16, seed, np.uint8)), _ot.Receiver(4, 1, np.full(16, 99, np.uint8))
    offer = receiver.offer()
    reply = sender.reply(offer)
    sender.accept_trees(receiver.trees(reply))
    start = start_of(1, offer.tobytes(), reply.tobytes())
    return PlainReceiver(receiver, 4, 1, start), sender, element(sender.reveal_delta())


def array(message: bytes) -> np.ndarray:
    return np.frombuffer(message, np.uint8)


def prove_to(sender: _ot.Sender, receiver: PlainReceiver, **cheats) -> None:
    for n, more in ((128 * 40, cheats), (256, {})):
        sender.cot(array(receiver.cot(n, **more)), np.empty((n, 16), np.uint8))
    sender.verify(array(receiver.prove()))


def test_the_receivers_proof_is_that_of_a_plain_model() -> None:
    receiver, sender, _ = plain_pair(3)
    for _ in range(2):
        prove_to(sender, receiver)


@pytest.mark.parametrize("group", [1, 14, 31])
def test_a_receiver_whose_corrections_are_wrong_passes_only_by_guessing_delta(group: int) -> None:
    """The attack that would find Delta a group at a time, by a receiver that keeps its transcript right: every guess at
    the group's four bits is tried, each in a session of its own with the same Delta, and one of them passes."""
    passed = []
    for guess in range(16):
        receiver, sender, delta = plain_pair(7)
        try:
            prove_to(sender, receiver, error=(group, 0x5A << 40), guess=guess)
            passed.append(guess)
        except ConsistencyError:
            continue
    assert passed == [delta >> (4 * group) & 15]


def check_of(seed: int, **cheats) -> None:
    """A plain sender that may cheat in its second tree, and a native receiver that takes the check."""
    sender, _, receiver = ferret_pair(seed, 16)
    rho, t = np.empty(sender.leaves, np.uint8), np.empty((sender.leaves, 16), np.uint8)
    for more in ({}, cheats, {}):
        receiver.cot(array(sender.cot(**more)), rho, t)
    receiver.seal(array(sender.seal()))
    receiver.verify(array(sender.answer(receiver.challenge().tobytes())))


def test_the_senders_answer_is_that_of_a_plain_model() -> None:
    plain, native, receiver = ferret_pair(21, 16)
    q = np.empty((plain.leaves, 16), np.uint8)
    message, made = plain.cot(), native.cot(q)
    assert made.tobytes() == message
    receiver.cot(array(message), np.empty(plain.leaves, np.uint8), q)
    sealed = plain.seal()
    assert native.seal().tobytes() == sealed
    receiver.seal(array(sealed))
    challenge = receiver.challenge()
    answer = plain.answer(challenge.tobytes())
    assert native.answer(challenge).tobytes() == answer
    receiver.verify(array(answer))


@pytest.mark.parametrize("level", [1, 5, 9])
def test_a_sender_with_wrong_tree_sums_and_a_right_transcript_is_caught(level: int) -> None:
    check_of(31)
    with pytest.raises(ConsistencyError):
        check_of(31, error=(level, 1 << 77))


@pytest.mark.parametrize("level", [1, 9])
def test_a_sender_with_wrong_tree_sums_passes_only_by_guessing_the_noise(level: int) -> None:
    """It may bet on the noise, up to the last level's two leaves, which share an error. A lost bet ends the session."""
    alpha = noise_of(41, 16, tree=1)
    check_of(41, error=(level, 0x1234 << 50), guess=alpha)
    for wrong in (alpha ^ 1, alpha ^ 256):
        with pytest.raises(ConsistencyError):
            check_of(41, error=(level, 0x1234 << 50), guess=wrong)


def test_corrections_changed_on_the_way_are_caught_whatever_delta_is(make_pair) -> None:
    pair = make_pair(k=4, chunk=1 << 14)
    cheat(pair, "receiver", Tag.EXTEND, 16 + 512 * 13 + 5, 1)
    pair.ask("bits2", 40_000)
    assert_caught(pair, "sender", lambda: pair.both(pair.sender.check, pair.receiver.check))


@pytest.mark.parametrize("at", [-1, -33, -48])
def test_a_receiver_whose_proof_is_wrong_is_caught(make_pair, at: int) -> None:
    pair = make_pair()
    pair.ask("bits2", 5000)
    cheat(pair, "receiver", Tag.SEAL, at)
    assert_caught(pair, "sender", lambda: pair.both(pair.sender.check, pair.receiver.check))


@pytest.mark.parametrize("extension", ["softspoken", "ferret"])
@pytest.mark.parametrize("at", [CORRECTIONS, CORRECTIONS + 40, CORRECTIONS + 31 * GROUP_BYTES + 63])
def test_a_receiver_whose_trees_are_not_proved_cannot_set_up(make_pair, extension: str, at: int) -> None:
    pair = make_pair(setup=False, extension=extension)
    cheat(pair, "receiver", Tag.TREES, at)
    with pytest.raises(ConsistencyError, match="trees"):
        pair.setup()


def set_up_with_a_flip(pair: tuple[Any, Any], at: int) -> bool:
    """Whether the sender refuses the receiver's trees when one bit of one byte is flipped."""
    sender, receiver = pair
    trees = receiver.trees(sender.reply(receiver.offer())).copy()
    trees[at] ^= 0x10
    try:
        sender.accept_trees(trees)
    except ConsistencyError:
        return True
    return False


def softspoken(seed: int) -> tuple[_ot.Sender, _ot.Receiver]:
    return _ot.Sender(4, 0, np.full(16, seed, np.uint8)), _ot.Receiver(4, 0, np.full(16, seed + 1, np.uint8))


@pytest.mark.parametrize("seed", range(4))
def test_a_receiver_that_garbles_a_trees_corrections_passes_only_by_guessing_delta(seed: int) -> None:
    """Of a level's two corrections the sender uses the one that its bit of Delta names: whatever Delta is, exactly one
    of the two flips is seen. Same seed, same Delta."""
    for level in (0, 1, 2, 3, 50, 95):
        seen = [set_up_with_a_flip(softspoken(seed), 4 + 16 * (2 * level + side)) for side in range(2)]
        assert sorted(seen) == [False, True]


@pytest.mark.parametrize("at", [16, 16 + 31 * 32 * 16 - 1, 4096, -1, -33, -(48 + 31 * 16), -200])
def test_a_receiver_that_cheats_in_the_first_base_is_caught(make_pair, at: int) -> None:
    """Ferret's set-up: the base's corrections, its proof, its proof's corrections. A row of Delta's zeros hides none of
    them: corrections are in the transcript that both draw the coefficients from, and the receiver's had no flip."""
    pair = make_pair(setup=False, extension="ferret")
    cheat(pair, "receiver", Tag.TREES, (CORRECTIONS + 32 * GROUP_BYTES + at) if at > 0 else at)
    with pytest.raises(ConsistencyError):
        pair.setup()


@pytest.mark.parametrize(
    ("extension", "tag"),
    [("softspoken", Tag.SEAL), ("ferret", Tag.SEAL), ("ferret", Tag.CHALLENGE), ("ferret", Tag.ANSWER)],
)
def test_every_frame_of_a_check_has_its_length(make_pair, extension: str, tag: Tag) -> None:
    pair = make_pair(extension=extension)
    for channel in pair.channels:
        send = channel.send
        channel.send = lambda at, payload, send=send: send(at, bytes(payload)[: -1 if at == tag else None])
    ends = [pair.sender, pair.receiver] if extension == "ferret" else [pair.receiver, pair.sender]
    with pytest.raises(WireError):
        for step in ("begin_check", "exchange_challenge", "finish_check"):
            for end in reversed(ends) if step == "exchange_challenge" else ends:
                getattr(end, step)()


def test_a_check_is_finished_before_the_next_and_answered_once() -> None:
    seeds = np.full(16, 1, np.uint8), np.full(16, 2, np.uint8)
    sender, receiver = _ot.FerretSender(16, 4, 0, seeds[0]), _ot.FerretReceiver(16, 4, 0, seeds[1])
    sender.accept_trees(receiver.trees(sender.reply(receiver.offer())))
    with pytest.raises(RuntimeError, match="no check"):
        sender.answer(np.zeros(16, np.uint8))
    receiver.seal(sender.seal())
    answer = sender.answer(receiver.challenge())
    with pytest.raises(RuntimeError, match="no check"):
        sender.answer(np.zeros(16, np.uint8))
    receiver.verify(answer)
    with pytest.raises(RuntimeError, match="no check"):
        receiver.verify(answer)
    sender.seal()
    with pytest.raises(RuntimeError, match="under way"):
        sender.seal()


def test_parameters_of_a_check_are_the_sessions() -> None:
    assert check_traffic(OtParams()).flights == 1
    assert check_traffic(OtParams(extension="ferret")).flights == 3
