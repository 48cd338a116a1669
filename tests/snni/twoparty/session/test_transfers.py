"""Which oblivious transfers a session runs: asked for, offered, agreed, and as large as declared."""

from itertools import product

import numpy as np
import pytest

from snni.errors import ConsistencyError, HandshakeError, PeerError, SnniError
from snni.twoparty.nonlinear.comparisons import COMPARISONS
from snni.twoparty.nonlinear.correlations import FIRST
from snni.twoparty.nonlinear.tags import Tag
from snni.twoparty.session import handshake as hs
from snni.twoparty.session.client import Session
from snni.twoparty.session.parameters import agreement
from snni.twoparty.suite import TRANSFERS, suite_of
from snni.wire.framing import HEADER
from snni.wire.socket_channel import SocketChannel
from tests.support.networks import residual
from tests.support.peers import peers
from tests.support.waiting import until

EITHER = ("ferret", "softspoken")
TOLD = int(Tag.TABLES)
"""What the client tells that is made of transfers."""


def picture():
    return np.random.default_rng(3).integers(0, 256, residual().plan.input_shape, np.uint8)


def test_silent_transfers_are_the_default(tmp_path, pki):
    with peers(tmp_path, pki, residual()) as served, served.session() as session:
        assert (
            session._ahead.preparation.receiver.params
            == session._ahead.preparation.sender.params
            == TRANSFERS["ferret"]
        )
        assert served.server.sessions[0].suite.transfers.extension == "ferret"


@pytest.mark.parametrize(("asked", "offered"), [("softspoken", ("ferret",)), ("ferret", ("softspoken",))])
def test_what_is_not_offered_is_refused_at_both_ends_saying_what_to_set(tmp_path, pki, asked, offered):
    with peers(tmp_path, pki, residual(), ot=offered) as served:
        with pytest.raises(HandshakeError, match=f"set ot={offered[0]} at the client") as caught:
            Session.connect(served.target(ot=asked), lambda *event: None)
        assert caught.value.field == "ot"
        channel = served.raw()
        hs.send(channel, hs.HELLO, hs.Hello(version=hs.VERSION, stream="control", ot=asked))
        hs.receive(channel, hs.WELCOME, hs.Welcome)
        with pytest.raises(Exception, match=f"server offers {offered[0]}"):
            channel.recv(hs.READY, limit=0)
        assert any(isinstance(error, HandshakeError) and error.field == "ot" for error in served.errors)


def test_the_choice_is_part_of_what_is_agreed():
    plan = residual().plan
    choices = product((False, True), EITHER, COMPARISONS)
    assert len({agreement(plan, suite_of(ot, comparison), scores=scores) for scores, ot, comparison in choices}) == 8


@pytest.mark.parametrize("comparison", COMPARISONS)
@pytest.mark.parametrize("ot", EITHER)
def test_each_inference_costs_what_is_declared(tmp_path, pki, ot, comparison):
    """Three in a row on one session: a silent transfer's bytes depend on how many were claimed before."""
    plan, suite, claimed = residual().plan, suite_of(ot, comparison), FIRST
    serving = peers(tmp_path, pki, residual(), ot=EITHER, max_prepared=8)
    with serving as served, served.session(ot=ot, comparison=comparison) as session:
        session.advance(3)
        for number in range(3):
            declared, claimed = suite.nonlinear_traffic(plan, scores=False, before=claimed)
            sent, received = session._bulk.bytes_sent, session._bulk.bytes_received
            flights = session._bulk.flights
            session.advance()
            request = HEADER.size + len(hs.Request(kind="nonlinear", number=number).model_dump_json())
            assert session._bulk.bytes_sent - sent == declared.from_client + request
            assert session._bulk.bytes_received - received == declared.from_server + HEADER.size
            starts_at_client = ot == "softspoken"
            assert session._bulk.flights - flights == declared.flights + 2 - starts_at_client
            assert (session._ahead.preparation.receiver.claimed, session._ahead.preparation.sender.claimed) == (
                claimed.by_server,
                claimed.by_client,
            )
        assert session.infer(picture()).number == 0


@pytest.mark.parametrize(
    ("ot", "tag", "cheat"),
    [
        ("ferret", 0x16, "server"),
        ("ferret", 0x17, "client"),
        ("softspoken", 0x16, "client"),
        ("softspoken", 0x17, "server"),
    ],
)
def test_a_party_that_cheats_in_the_extension_ends_its_session(tmp_path, pki, monkeypatch, ot, tag, cheat):
    """One bit of one message of transfers: the victim says ConsistencyError before it sends anything made of them."""
    send, spoilt, after = SocketChannel.send, [], []

    def cheating(channel, sent, payload):
        if sent == tag and not spoilt:
            payload = bytearray(payload)
            payload[-1] ^= 1
            spoilt.append(sent)
        if sent == TOLD:
            after.append(sent)
        send(channel, sent, payload)

    monkeypatch.setattr(SocketChannel, "send", cheating)
    with peers(tmp_path, pki, residual(), ot=EITHER) as served, served.session(ot=ot) as session:
        session.advance(1)
        with pytest.raises(SnniError) as caught:
            session.advance()
        assert spoilt == [tag] and session.ended and session.ready == 0
        if cheat == "server":
            assert type(caught.value) is ConsistencyError
        else:
            assert isinstance(caught.value, PeerError)
            until(lambda: any(type(error) is ConsistencyError for error in served.errors))
        assert cheat == "client" or not after
        with pytest.raises(PeerError):
            session.advance()
    monkeypatch.undo()
    with peers(tmp_path, pki, residual(), ot=EITHER) as served, served.session(ot=ot) as session:
        session.advance(1)
        session.advance()
        assert session.infer(picture()).number == 0
