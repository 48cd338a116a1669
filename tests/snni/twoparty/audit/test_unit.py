"""A unit is what its seed gives: an honest one is replayed to its end, and one other message anywhere is found."""

from __future__ import annotations

import os
import secrets
import threading
from dataclasses import dataclass
from functools import cache
from unittest.mock import patch

import pytest

from snni.errors import AuditError, SnniError
from snni.ring.random import Tape, drawn, drawn_from
from snni.twoparty.audit.tape import SEED_BYTES, commitment, opens, tape_of
from snni.twoparty.audit.transcript import Transcript, digest
from snni.twoparty.audit.unit import MAX_KEY_BYTES, UNIT_KEY, ClientUnit, replayed
from snni.twoparty.nonlinear.comparisons import COMPARISONS
from snni.twoparty.preparation.server import ServerPreparation
from snni.twoparty.server_model import server_model
from snni.twoparty.suite import TRANSFERS, TwoPartySuite
from snni.wire.profile import Profile
from tests.snni.secrecy.plane import plane
from tests.support.ideal_ots import both

SUITES = {
    "leaf, ferret": TwoPartySuite(COMPARISONS["leaf"], TRANSFERS["ferret"]),
    "tables, softspoken": TwoPartySuite(COMPARISONS["tables"], TRANSFERS["softspoken"]),
}
SIDE, COUNT = 4, 2
SEED, ADDED = bytes(range(32)), bytes(range(32, 64))


@dataclass
class Made:
    """The server's view of a unit, and what the client sent: (tag, payload) in order."""

    transcript: Transcript
    sent: list[tuple[int, bytes]]


def make(suite: TwoPartySuite, seed: bytes = SEED, count: int = COUNT) -> Made:
    """One honest unit, both parties in threads of this process."""
    bundle, seen, sent = plane(SIDE), [], []

    def client(channel) -> None:
        send = channel.send

        def noted(tag, payload) -> None:
            sent.append((int(tag), bytes(memoryview(payload).cast("B"))))
            send(tag, payload)

        channel.send = noted
        unit = ClientUnit(channel, bundle.plan, suite, tape_of(seed, ADDED), Profile(), scores=False)
        for frame in unit.begin(count):
            unit.finish(frame)

    def server(channel) -> None:
        transcript = Transcript(channel)
        seen.append(transcript)
        key = bytes(transcript.recv(UNIT_KEY, limit=MAX_KEY_BYTES))
        work = ServerPreparation(transcript, server_model(bundle), suite, key, Profile(), scores=False)
        work.setup()
        for shares in work.begin(count):
            work.finish(shares)

    both(client, server)
    return Made(seen[0], sent)


made = cache(make)


def replay(transcript: Transcript, suite: TwoPartySuite, tape: Tape | None = None, count: int = COUNT) -> None:
    tape = tape_of(SEED, ADDED) if tape is None else tape
    replayed(transcript, tape, plane(SIDE).plan, suite, count, scores=False)


def changed(transcript: Transcript, sent=None, received=None) -> Transcript:
    copy = Transcript(transcript._channel)
    copy.sent = transcript.sent if sent is None else sent
    copy.received = transcript.received if received is None else received
    return copy


@pytest.mark.parametrize("suite", SUITES.values(), ids=list(SUITES))
def test_an_honest_unit_is_replayed_to_its_end(suite) -> None:
    replay(made(suite).transcript, suite)


def test_every_draw_of_a_unit_is_its_tapes() -> None:
    """So an honest client's messages are what its seed gives, whatever else is random."""
    suite = SUITES["tables, softspoken"]

    def never(count: int) -> bytes:
        raise AssertionError("drawn beside the tape")

    with patch.object(os, "urandom", never), patch.object(secrets, "token_bytes", never):
        replay(made(suite).transcript, suite)


@pytest.mark.parametrize("suite", SUITES.values(), ids=list(SUITES))
def test_one_other_bit_of_any_message_is_found(suite) -> None:
    unit = made(suite)
    assert len(unit.sent) > 10 and {tag for tag, _ in unit.sent} >= {UNIT_KEY}
    for index, (tag, payload) in enumerate(unit.sent):
        spoilt = bytearray(payload)
        spoilt[len(spoilt) // 2] ^= 1
        received = [*unit.transcript.received]
        received[index] = digest(tag, bytes(spoilt))
        with pytest.raises(AuditError, match="not the one"):
            replay(changed(unit.transcript, received=received), suite)


def test_more_or_fewer_messages_are_found() -> None:
    suite = SUITES["leaf, ferret"]
    unit = made(suite)
    more = [*unit.transcript.received, digest(UNIT_KEY, b"")]
    with pytest.raises(AuditError, match="fewer"):
        replay(changed(unit.transcript, received=more), suite)
    with pytest.raises(AuditError, match="not the one"):
        replay(changed(unit.transcript, received=unit.transcript.received[:-1]), suite)
    with pytest.raises(AuditError, match="another message"):
        replay(changed(unit.transcript, sent=unit.transcript.sent[:-1]), suite)
    with pytest.raises(AuditError):
        replay(unit.transcript, suite, count=COUNT - 1)


@pytest.mark.parametrize("seed, added", [(SEED[::-1], ADDED), (SEED, ADDED[::-1])], ids=["client's", "server's"])
def test_another_seed_gives_another_unit_from_its_first_message_on(seed, added) -> None:
    suite = SUITES["leaf, ferret"]
    with pytest.raises(AuditError, match="not the one"):
        replay(made(suite).transcript, suite, tape_of(seed, added))


def test_a_client_that_does_not_follow_its_seed_leads_to_a_typed_error() -> None:
    """Whatever the server was made to send by it: never another exception."""
    suite = SUITES["leaf, ferret"]
    unit = made(suite)
    for index, (tag, payload) in enumerate(unit.transcript.sent):
        sent = [*unit.transcript.sent]
        sent[index] = (tag, bytes(value ^ 0x55 for value in payload))
        with pytest.raises(AuditError):
            replay(changed(unit.transcript, sent=sent), suite)


def test_a_commitment_opens_to_its_own_seed_alone() -> None:
    committed = commitment(SEED)
    assert opens(committed, SEED) and len(committed) == 64
    assert not opens(committed, SEED[::-1]) and not opens(committed, SEED[:-1]) and not opens(committed, b"")


def test_a_tape_gives_nothing_twice_and_holds_in_its_thread_alone() -> None:
    tape, other = Tape(bytes(16)), []
    with drawn_from(tape):
        first, second, odd = drawn(32), drawn(32), drawn(5)
        with drawn_from(Tape(bytes(16))):
            assert drawn(32) == first
        elsewhere = threading.Thread(target=lambda: other.append(drawn(32)))
        elsewhere.start()
        elsewhere.join()
        assert len({first, second, other[0]}) == 3 and len(odd) == 5 and odd not in first + second
    assert drawn(32) not in (first, second) and "0" not in repr(tape)
    assert SEED_BYTES == 32 and issubclass(AuditError, SnniError)
