"""A party that departs once, at any message: the other one ends with an error or the right result; bets cost 1/2."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from snni.errors import ConsistencyError, DeviationError, SnniError
from snni.twoparty.active import triples
from snni.twoparty.active.blocks import Blocks, where
from snni.twoparty.active.gates import land
from snni.twoparty.active.party import BITS, CODES, DIGEST, Party, Side
from snni.twoparty.active.shares import Shares
from snni.twoparty.active.triples import TripleMaker
from snni.twoparty.ot import OtParams
from tests.snni.twoparty.active.spoilt import REAL, Spoilt
from tests.support.active_parties import party, run_both
from tests.support.chance import assert_rate
from tests.support.ideal_cots import IdealCotReceiver, IdealCotSender
from tests.support.ideal_ots import both

X, Y = np.array([0, 0, 1, 1, 0, 1, 0, 1], np.uint8), np.array([0, 1, 0, 1, 1, 1, 0, 0], np.uint8)


def anded(who: Party) -> np.ndarray:
    """x AND y, opened to both."""
    x, y = who.input(Side.CLIENT, X), who.input(Side.SERVER, Y)
    z = land(who, TripleMaker(who), x, y)
    result = who.open(z)
    who.check()
    return result


def spoilt(cheater: Side, at: int, last: bool, params: OtParams | None = None) -> tuple[Any, BaseException | None, int]:
    """(the honest party's result or None, its error, messages that the cheater sent)."""
    held: dict[Side, Any] = {}
    errors: dict[Side, BaseException] = {}
    wrapped: list[Spoilt] = []

    def side(which: Side) -> Any:
        def run(channel: Any) -> None:
            if which is cheater:
                wrapped.append(Spoilt(channel, at, last))
            try:
                held[which] = anded(party(which, wrapped[0] if which is cheater else channel, params))
            except SnniError as error:
                errors[which] = error
                channel.close()

        return run

    both(side(Side.CLIENT), side(Side.SERVER))
    honest = Side(1 - cheater.value)
    return held.get(honest), errors.get(honest), wrapped[0].sent


def deviations(cheater: Side, params: OtParams | None = None) -> int:
    """How many of the cheater's messages, spoilt, ended the honest party's run."""
    _, error, messages = spoilt(cheater, -1, False, params)
    assert error is None and messages > 8
    ended = 0
    for at in range(messages):
        for last in (False, True):
            result, error, _ = spoilt(cheater, at, last, params)
            if error is None:
                # a spoilt input is another input; bits that nobody reads change nothing
                assert np.array_equal(result, X & Y) or (result != X & Y).sum() == 1, (at, last)
            ended += error is not None
    return ended - messages


@pytest.mark.parametrize("cheater", Side)
def test_a_spoilt_message_ends_the_run_or_is_another_input(cheater: Side) -> None:
    assert deviations(cheater) >= 8


@pytest.mark.heavy
@pytest.mark.parametrize("cheater", Side)
def test_a_spoilt_message_over_real_transfers(cheater: Side) -> None:
    assert deviations(cheater, REAL) >= 8


@pytest.mark.parametrize("cheater", Side)
def test_only_a_spoilt_input_gives_another_result(cheater: Side) -> None:
    """Of all messages but the input itself no one changes what comes out."""
    changed = []
    for at in range(spoilt(cheater, -1, False)[2]):
        result, error, _ = spoilt(cheater, at, False)
        if error is None and not np.array_equal(result, X & Y):
            changed.append(at)
    assert len(changed) <= 1  # its input, where the other one's bit is 1


def test_a_bet_on_a_bit_of_a_leaky_triple_is_lost_half_the_time() -> None:
    """k spoilt blocks pass with a chance of 2^-k: they pass where the other one's bits are 0."""
    runs = 96
    for bets in (1, 3):
        passed = 0
        for seed in range(runs):

            class Betting(Spoilt):
                def send(self, tag: int, payload: Any, bets: int = bets) -> None:
                    body = bytearray(payload)
                    if tag == CODES:
                        for block in range(bets):
                            body[16 * block + 5] ^= 0x40
                    self._channel.send(tag, bytes(body))

            def run(channel: Any, which: Side, seed: int = seed) -> bool:
                seeds = {Side.CLIENT: 2 * seed, Side.SERVER: 2 * seed + 1}
                sender, receiver = IdealCotSender(seeds[which]), IdealCotReceiver(seeds[Side(1 - which.value)])
                mine = Betting(channel, -1) if which is Side.SERVER else channel
                try:
                    TripleMaker(Party(which, mine, sender, receiver)).leaky(4)
                except DeviationError:
                    return False
                return True

            won, _, _ = both(lambda c: run(c, Side.CLIENT), lambda c: run(c, Side.SERVER))
            passed += won
        assert_rate(passed, runs, 2.0**-bets, f"{bets} bets")


class Lying(Party):
    """Opens its first bit as the other one, under a code for which it guesses the other's Delta."""

    guess: Blocks

    def open(self, x: Shares) -> np.ndarray:
        lie = np.zeros(len(x), np.uint8)
        lie[0] = 1
        return super().open(Shares(x.bits ^ lie, x.codes ^ where(lie, self.guess), x.keys))


class SmallDelta(IdealCotSender):
    """Of four unknown bits, 64 to 67; a party that knows this guesses right once in sixteen."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._delta = small(self._delta)


class SmallReceiver(IdealCotReceiver):
    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._delta = small(self._delta)


def small(delta: np.ndarray) -> np.ndarray:
    out = np.zeros(16, np.uint8)
    out[8] = delta[8] & 0x0F
    return out


def test_a_wrong_opening_passes_only_where_the_others_delta_is_guessed() -> None:
    """At a Delta of four bits: once in sixteen. At 128 the same check leaves 2^-127."""
    runs, passed = 256, 0
    rng = np.random.default_rng(5)
    for seed in range(runs):
        guess = np.array([0, int(rng.integers(0, 16))], np.uint64)

        def client(channel: Any, seed: int = seed, guess: Blocks = guess) -> None:
            liar = Lying(Side.CLIENT, channel, IdealCotSender(2 * seed), SmallReceiver(2 * seed + 1))
            liar.guess = guess
            liar.open(liar.random(8))
            liar.check()

        def server(channel: Any, seed: int = seed) -> bool:
            honest = Party(Side.SERVER, channel, SmallDelta(2 * seed + 1), IdealCotReceiver(2 * seed))
            honest.open(honest.random(8))
            try:
                honest.check()
            except DeviationError:
                return False
            return True

        _, won, _ = both(client, server)
        passed += won
    assert passed  # all is seeded
    assert_rate(passed, runs, 1 / 16, "guesses")


def test_a_party_with_another_delta_in_mind_is_found_out() -> None:
    """Keys under one Delta, claims under another: the first triples end it."""

    def run(which: Side) -> Any:
        def here(channel: Any) -> None:
            who = party(which, channel)
            if which is Side.SERVER:
                who.delta = who.delta ^ np.array([2, 0], np.uint64)
            TripleMaker(who).leaky(64)

        return here

    with pytest.raises((DeviationError, ConsistencyError)):
        both(run(Side.CLIENT), run(Side.SERVER))


def test_commitments_bind() -> None:
    """A second mover cannot wait and repeat; a first mover cannot open something else."""
    for method in ("coin", "same"):

        def run(which: Side, method: str = method) -> Any:
            def here(channel: Any) -> None:
                spoil = Spoilt(channel, 2) if which is Side.CLIENT else channel  # nonce, commitment, opening
                who = party(which, spoil)
                getattr(who, method)(*([np.zeros((1, 2), np.uint64)] if method == "same" else []))

            return here

        with pytest.raises(DeviationError, match="commitment"):
            both(run(Side.CLIENT), run(Side.SERVER))


@pytest.mark.parametrize("to", Side)
def test_a_result_cannot_be_opened_as_another(to: Side) -> None:
    """The last bits before the code of a result, spoilt by whoever does not get it."""
    liar = Side(1 - to.value)

    class Last(Spoilt):
        def send(self, tag: int, payload: Any) -> None:
            body = bytearray(payload)
            if tag == BITS and self._at == 1:
                body[0] ^= 1
            self._at += tag == DIGEST  # the check before a result is opened
            self._channel.send(tag, bytes(body))

    def run(which: Side) -> Any:
        def here(channel: Any) -> None:
            who = party(which, Last(channel, 0) if which is liar else channel)
            who.open_to(to, who.random(8))

        return here

    with pytest.raises(DeviationError, match="does not hold"):
        both(run(Side.CLIENT), run(Side.SERVER))


def test_what_is_thrown_in_common_is_new_in_every_session() -> None:
    """Over the same transfers: hashes' keys differ, and so does how triples are joined."""

    def run(who: Party) -> Any:
        return who.starts, TripleMaker(who).take(64).x.bits

    (one, joined_so), _ = run_both(run)
    (other, or_so), _ = run_both(run)
    assert all((a != b).any() for a, b in zip(one, other, strict=True)) and (one[0] != one[1]).any()
    assert (joined_so != or_so).any()  # equal with a chance of 2^-64


def test_no_position_of_a_hash_serves_twice() -> None:
    """Batches of one session: two equal blocks at one position would show."""
    seen = []

    def run(who: Party) -> None:
        maker = TripleMaker(who)
        hashed = triples.hashes
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(
                triples,
                "hashes",
                lambda start, first, x: seen.append((bytes(start), first, len(x))) or hashed(start, first, x),
            )
            maker.leaky(32)
            maker.leaky(8)

    run_both(run)
    assert {(first, count) for _, first, count in seen} == {(0, 32), (32, 8)}


def test_both_parties_end_alike_when_nobody_departs() -> None:
    mine, theirs = run_both(anded)
    assert np.array_equal(mine, X & Y) and np.array_equal(theirs, X & Y)
