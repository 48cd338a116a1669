"""Audited sessions: a client that deviates is caught when it is asked, an honest one never; what is shown is burnt."""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from dataclasses import replace

import pytest

from services.bus.identities import spiffe
from snni.errors import AuditError, CorrelationError, ParameterError, PeerError, SnniError
from snni.twoparty.audit.tape import commitment
from snni.twoparty.nonlinear.tags import Tag
from snni.twoparty.session import client_ahead
from snni.twoparty.session import handshake as hs
from snni.twoparty.session.parameters import ServerLimits
from snni.twoparty.session.server_ahead import one_in
from snni.twoparty.session.suspects import CAUGHT, SILENT
from tests.snni.twoparty.session.cut import Cut, check_used_once
from tests.support.networks import clear_picture, residual
from tests.support.peers import Peers, peers
from tests.support.waiting import until

CLIENT = spiffe("room", "snni_client")
B = 2
PICTURE, LEVEL = clear_picture()


class Choice:
    """What the server chooses, by turns, and the last of them from then on; when, by what `seen` says then."""

    def __init__(self, *turns: bool, seen=lambda: None) -> None:
        self._turns, self._seen = list(turns), seen
        self.asked: list = []

    def __call__(self, units: int) -> bool:
        self.asked.append((units, self._seen()))
        return self._turns.pop(0) if len(self._turns) > 1 else self._turns[0]


@pytest.fixture
def served(tmp_path, pki):
    with peers(tmp_path, pki, residual(), audit=B) as one:
        yield one


def choose(served: Peers, *turns: bool, **more) -> Choice:
    choice = Choice(*turns, **more)
    served.server.standing = replace(served.server.standing, chosen=choice)
    return choice


def one_unit(session, count: int = 1) -> None:
    for _ in range(count + 1):
        session.advance(count)


def test_the_law_of_the_choice_is_one_in_b(monkeypatch):
    """Each of B equally likely draws of the system's, and one of them says yes."""
    for units in (2, 3, 8, 1000):
        draws = iter(range(units))
        monkeypatch.setattr(secrets, "randbelow", lambda below, d=draws, u=units: next(d) if below == u else None)
        assert sum(one_in(units) for _ in range(units)) == 1


def test_both_choices_happen_and_levels_are_right(served):
    """By the system's randomness; that none of 64 choices after a yes is a no has a chance of 65 / 2^64."""
    heard = []
    with served.session(lambda *event: heard.append(event)) as session:
        for _ in range(64):
            one_unit(session)
            names = [name for name, _ in heard]
            if "audited" in names and session.ready:
                break
            if session.ready:
                assert session.infer(PICTURE).outcome.level == LEVEL
        assert session.infer(PICTURE).outcome.level == LEVEL
    assert not served.server.standing.suspects.locked
    assert not any(isinstance(error, AuditError) for error in served.errors)


def test_the_choice_is_made_after_the_last_message_of_the_client(served):
    sent = []
    choice = choose(served, False, seen=lambda: len(sent))
    with served.session() as session:
        send = session._channels["bulk"].send

        def counted(tag, payload):
            sent.append(tag)
            send(tag, payload)

        session._channels["bulk"].send = counted
        one_unit(session, 2)
        assert choice.asked == [(B, len(sent))]


def test_what_is_shown_is_burnt_at_both_ends_and_what_is_kept_is_used(served):
    heard = []
    choose(served, True, False, True)
    with served.session(lambda *event: heard.append(event)) as session:
        one_unit(session, 2)  # shown
        assert session.ready == 0
        with pytest.raises(CorrelationError):
            session.infer(PICTURE)
        one_unit(session, 2)  # kept
        assert session.ready == 2
        one_unit(session, 1)  # shown
        assert [session.infer(PICTURE) for _ in range(2)][1].outcome.level == LEVEL
        until(lambda: sum(name == "burnt" for name, _, _ in served.events) == 5)
        theirs = [(name, number) for name, _, number in served.events]
    for side in (heard, theirs):
        assert [number for name, number in side if name == "audited"] == [0, 4]
        assert [number for name, number in side if name == "claimed"] == [2, 3]
        assert {number for name, number in side if name == "burnt"} == {0, 1, 2, 3, 4}
        assert [number for name, number in side if name == "made"] == [2, 3]


def test_no_unit_is_begun_before_it_is_needed(served, tmp_path, pki):
    """The more is ready when one begins, the fewer it may have. Without audits a batch is begun when none waits."""
    with served.session() as session:
        assert not session.batches
        session.advance(1)
        assert session.waiting == 1 and not session.batches
    with peers(tmp_path / "plain", pki, residual()) as plain, plain.session() as session:
        assert session.batches
        session.advance(1)
        assert session.waiting == 1 and not session.batches
        session.advance(1)
        assert session.ready == 1 and session.batches


def test_units_share_no_seed(served):
    """Of the client's seeds the server sees commitments, which would repeat; its own it sends."""
    seen = []
    choose(served, False)
    with served.session() as session:
        bulk = session._channels["bulk"]
        send, recv = bulk.send, bulk.recv
        bulk.send = lambda tag, payload: (seen.append((tag, bytes(payload))), send(tag, payload))[1]

        def heard(tag, *limit, **limits):
            payload = recv(tag, *limit, **limits)
            seen.append((tag, bytes(payload)))
            return payload

        bulk.recv = heard
        for _ in range(2):
            one_unit(session)
    requests = [json.loads(body) for tag, body in seen if tag == hs.REQUEST]
    commitments = [request["commitment"] for request in requests if request["kind"] == "linear"]
    added = [body for tag, body in seen if tag == hs.ADDED]
    assert len(set(commitments)) == len(commitments) == len(set(added)) == len(added) == 2
    assert commitment(bytes(32)) not in commitments and bytes(32) not in added


def spoilt(session, tag) -> None:
    """The client's next message of this kind has one bit that is not what its seed gives."""
    bulk = session._channels["bulk"]
    send = bulk.send

    def sent(one, payload):
        body = bytearray(memoryview(payload).cast("B"))
        if one == tag and body:
            body[len(body) // 2] ^= 1
            bulk.send = send
        send(one, body)

    bulk.send = sent


TABLES = Tag.TABLES


@pytest.mark.parametrize("asked", [True, False])
def test_a_deviation_is_found_exactly_when_it_is_asked_for(served, asked):
    choose(served, asked)
    with served.session() as session:
        spoilt(session, TABLES)
        if asked:
            with pytest.raises(SnniError):
                one_unit(session)
            assert session.ended
        else:
            one_unit(session)
            assert session.ready == 1
    if asked:
        until(lambda: served.server.standing.suspects.locked == {CLIENT: CAUGHT})
        until(lambda: any(isinstance(error, AuditError) for error in served.errors))
        with pytest.raises(PeerError, match="locked out"), served.session():
            pass
    else:
        assert not served.server.standing.suspects.locked


def test_a_seed_that_was_not_committed_to_is_found(served, monkeypatch):
    """The unit is all that the seed shown gives; it is not the one that was there before the server's."""
    choose(served, True)
    monkeypatch.setattr(client_ahead, "commitment", lambda seed: commitment(bytes(32)))
    with served.session() as session, pytest.raises(SnniError):
        one_unit(session)
    until(lambda: served.server.standing.suspects.locked == {CLIENT: CAUGHT})


def test_a_caught_clients_other_sessions_end(served):
    choose(served, False, True)
    with served.session() as other, served.session() as session:
        one_unit(other)
        spoilt(session, TABLES)
        with pytest.raises(SnniError):
            one_unit(session)
        until(lambda: not served.server.sessions)
        with pytest.raises(SnniError):
            other.infer(PICTURE)


def test_silence_is_counted_and_then_locks_out(tmp_path, pki):
    with peers(tmp_path, pki, residual(), audit=B, max_unanswered=1) as served:
        choose(served, True)
        for time in (1, 2):
            with served.session() as session:
                bulk = session._channels["bulk"]
                send = bulk.send
                bulk.send = lambda tag, payload, s=send, c=bulk: c.close() if tag == hs.SHOWN else s(tag, payload)
                with pytest.raises(SnniError):
                    one_unit(session)
            until(lambda: not served.server.sessions)
            locked = {} if time == 1 else {CLIENT: SILENT}
            until(lambda locked=locked: served.server.standing.suspects.locked == locked)
        assert served.server.standing.suspects.locked == locked


def test_a_unit_is_used_or_shown_whatever_is_cut_off(served):
    """Either party, at each message from before the last frame's work to after the next inference's claim."""
    choice = choose(served, True, False)
    choice._turns = [True, False] * 1000
    mine, cuts = defaultdict(list), 0
    for at in range(24):
        for party in (0, 1):
            heard = mine[at, party]
            with served.session(lambda *event, heard=heard: heard.append(event)) as session:
                session.advance(1)
                channel = session._channels["bulk"]
                if party:
                    (there,) = [one for one in served.server.sessions if one.epoch == session.epoch]
                    channel = there._channels["bulk"]
                cut = Cut(channel, at)
                try:
                    session.advance(1)
                    if session.ready:
                        assert session.infer(PICTURE).outcome.level == LEVEL
                except SnniError:
                    assert session.ended
                cuts += cut.happened
            until(lambda: not served.server.sessions)
    theirs = defaultdict(list)
    for name, epoch, number in served.events:
        theirs[epoch].append((name, number))
    assert cuts > 24
    for events in [*mine.values(), *theirs.values()]:
        claimed = check_used_once(events)
        shown = [number for name, number in events if name == "audited"]
        assert not set(shown) & set(claimed)
        assert not set(shown) & {number for name, number in events if name == "made"}


def test_an_audit_of_every_unit_is_no_setting():
    for audit in (1, -1, 1001):
        with pytest.raises(ParameterError):
            ServerLimits(audit=audit)
