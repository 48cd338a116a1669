"""Sessions over real TLS sockets: they infer, they refuse, and nothing a peer does takes others down."""

import json
import socket
import struct
import threading
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from services.bus.identities import spiffe
from snni.errors import CorrelationError, HandshakeError, PeerError, WireError
from snni.model.reference import Reference
from snni.session.doorway import Doorway
from snni.session.tls import Identity
from snni.twoparty.nonlinear.tags import Tag
from snni.twoparty.session import handshake as hs
from snni.twoparty.session.client import Session
from snni.wire.framing import HEADER, VERSION
from tests.support.networks import residual
from tests.support.peers import peers
from tests.support.waiting import PATIENCE_S, until


def images(count, seed=1):
    return np.random.default_rng(seed).integers(0, 256, (count, *residual().plan.input_shape), np.uint8)


def infer_all(session, pictures):
    results = []
    for picture in pictures:
        while session.ready == 0:
            session.advance(2)
        results.append(session.infer(picture))
    return results


def test_levels_follow_the_reference_and_every_number_is_used_once(served):
    heard = []
    reference = Reference(residual().plan, residual().weights)
    pictures = images(5)
    with served.session(lambda *event: heard.append(event)) as session:
        results = infer_all(session, pictures)
    agree = sum(result.outcome.level == reference.run(p).level for result, p in zip(results, pictures, strict=True))
    assert agree >= 4  # five random pictures; a tie within the scores' bound may go either way
    assert [result.number for result in results] == [0, 1, 2, 3, 4]
    for side in ([(event, number) for event, number in heard], [(e, n) for e, _, n in served.events]):
        claims = [number for event, number in side if event == "claimed"]
        assert claims == sorted(set(claims)) == [0, 1, 2, 3, 4]


def test_two_clients_at_once_do_not_disturb_each_other(served):
    outcomes = {}

    def run(seed):
        with served.session() as session:
            outcomes[seed] = [r.outcome.level for r in infer_all(session, images(2, seed))]

    threads = [threading.Thread(target=run, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(outcomes) == {1, 2}
    assert len({epoch for name, epoch, _ in served.events if name == "session_started"}) == 2


def test_another_plan_is_refused_before_anything_is_sent(served):
    with pytest.raises(HandshakeError) as caught:
        Session.connect(served.target(plan_hash="0" * 64), lambda *event: None)
    assert caught.value.field == "plan"


def test_scores_need_the_servers_consent(served):
    with pytest.raises(PeerError, match="levels only"):
        Session.connect(served.target(scores=True), lambda *event: None)


def test_a_server_with_another_name_is_refused(served):
    with pytest.raises(HandshakeError) as caught:
        Session.connect(served.target(server_id=spiffe("edge", "somebody")), lambda *event: None)
    assert caught.value.field == "identity"


def test_a_client_with_another_name_is_refused(served, pki):
    pki.issue("stranger", "snni", spiffe("ward", "alerts"), "client")
    with pytest.raises(PeerError, match="certificate does not name"):
        Session.connect(served.target(identity=served.identity("stranger")), lambda *event: None)
    until(lambda: any(isinstance(error, HandshakeError) for error in served.errors))


def test_an_expired_certificate_is_refused(served, pki):
    pki.issue("late", "snni", spiffe("room", "snni_client"), "client", not_before=datetime.now(UTC) - timedelta(days=3))
    with pytest.raises(PeerError):
        Session.connect(served.target(identity=served.identity("late")), lambda *event: None)
    until(lambda: any(isinstance(error, HandshakeError) for error in served.errors))


def test_a_certificate_of_another_authority_is_refused(served, pki):
    certificate, key, _ = pki.cert("bus_ingest")
    ca = pki.cert("snni_client")[2]
    with pytest.raises(PeerError):
        Session.connect(served.target(identity=Identity(certificate, key, ca)), lambda *event: None)


def hello(version=hs.VERSION):
    return json.dumps({"version": version, "stream": "control", "ticket": "", "scores": False}).encode()


FRAMES = {
    "another frame version": HEADER.pack(9, 0, hs.HELLO, 0, 0),
    "reserved byte set": HEADER.pack(VERSION, 7, hs.HELLO, 0, 0),
    "wrong tag": HEADER.pack(VERSION, 0, 77, 0, 0),
    "replayed sequence": HEADER.pack(VERSION, 0, hs.HELLO, len(hello()), 5) + hello(),
    "a length of 4 GB": HEADER.pack(VERSION, 0, hs.HELLO, 0xFFFFFFFF, 0),
    "not JSON": HEADER.pack(VERSION, 0, hs.HELLO, 3, 0) + b"abc",
    "unknown field": HEADER.pack(VERSION, 0, hs.HELLO, 9, 0) + b'{"x": 12}',
    "another protocol version": HEADER.pack(VERSION, 0, hs.HELLO, len(hello(hs.VERSION + 1)), 0)
    + hello(hs.VERSION + 1),
    "truncated header": b"\x01\x00",
    "truncated body": HEADER.pack(VERSION, 0, hs.HELLO, 100, 0) + b"{",
    "noise": bytes(range(256)),
}


@pytest.mark.parametrize("name", FRAMES)
def test_a_hostile_first_frame_ends_in_a_typed_error_and_the_others_are_served(served, name):
    channel = served.raw()
    channel._sock.sendall(FRAMES[name])
    if name.startswith("truncated"):
        channel.close()
    until(lambda: served.errors)
    assert isinstance(served.errors[0], WireError | PeerError)
    channel.close()
    with served.session() as session:
        assert len(infer_all(session, images(1))) == 1


def test_a_connection_that_does_not_even_begin_is_dropped(tmp_path, pki):
    with (
        peers(tmp_path, pki, residual(), handshake_timeout_s=0.5) as served,
        socket.create_connection(("127.0.0.1", served.port), PATIENCE_S),
    ):
        until(lambda: served.errors)
        assert isinstance(served.errors[0], HandshakeError)


def test_a_silent_connection_is_dropped(served, monkeypatch):
    secure = Doorway._secure

    def soon_impatient(server, raw):  # once TLS stands, however long that took on a busy machine
        sock = secure(server, raw)
        sock.settimeout(0.2)
        return sock

    monkeypatch.setattr(Doorway, "_secure", soon_impatient)
    channel = served.raw()
    until(lambda: served.errors)
    assert isinstance(served.errors[0], PeerError)
    channel.close()


def test_live_and_bulk_need_the_ticket_of_a_session_of_the_same_client(served, pki):
    for stream in ("live", "bulk"):
        channel = served.hello(stream, ticket="0" * 64)
        with pytest.raises(PeerError, match="no session"):
            channel.recv(hs.READY, limit=0)
    pki.issue("second", "snni", spiffe("room", "snni_client", "1"), "client")
    with served.session():
        ticket = served.server.sessions[0].ticket
        channel = served.raw("second")
        hs.send(channel, hs.HELLO, hs.Hello(version=hs.VERSION, stream="live", ticket=ticket))
        with pytest.raises(PeerError, match="no session"):
            channel.recv(hs.READY, limit=0)


@pytest.mark.parametrize("number", [1, 1 << 40])
def test_a_number_that_was_not_made_cannot_be_claimed(served, number):
    with served.session() as session:
        while session.ready == 0:
            session.advance(1)
        live = session._channels["live"]
        hs.send(live, hs.CLAIM, hs.Claim(number=number))
        with pytest.raises(PeerError, match="not to be had"):
            live.recv(Tag.LEAF, limit=0)
        until(lambda: session.ended or not served.server.sessions)
    assert not [n for event, _, n in served.events if event == "claimed"]


def test_a_claimed_number_cannot_be_claimed_again(served):
    with served.session() as session:
        infer_all(session, images(1))
        live = session._channels["live"]
        hs.send(live, hs.CLAIM, hs.Claim(number=0))
        with pytest.raises(PeerError, match="not to be had"):
            live.recv(Tag.LEAF, limit=0)
    assert [n for event, _, n in served.events if event == "claimed"] == [0]


def test_a_client_that_breaks_off_mid_inference_burns_the_number_at_both_ends(served):
    heard = []
    session = Session.connect(served.target(), lambda *event: heard.append(event))
    while session.ready == 0:
        session.advance(1)
    live = session._channels["live"]
    send = live.send

    def send_and_die(tag, payload):
        send(tag, payload)
        if tag == hs.CLAIM:
            until(lambda: ("claimed", 0) in [(event, number) for event, _, number in served.events])
            live.close()
            raise PeerError("cut")

    live.send = send_and_die
    with pytest.raises(PeerError):
        session.infer(images(1)[0])
    assert session.ended and ("burnt", 0) in heard
    until(lambda: ("burnt", 0) in [(event, number) for event, _, number in served.events])
    with pytest.raises(CorrelationError):
        session.infer(images(1)[0])


def test_garbage_in_the_offline_phase_ends_that_session_only(served):
    with served.session() as good:
        with served.session() as bad:
            bulk = bad._channels["bulk"]
            hs.send(bulk, hs.REQUEST, hs.Request(kind="linear", number=0, count=1))
            bulk.send(0x41, bytes(1000))
            with pytest.raises(PeerError):
                bulk.recv(0x42)
        assert len(infer_all(good, images(1))) == 1
    assert any(isinstance(error, WireError) for error in served.errors)


def test_work_beyond_the_limits_is_refused(tmp_path, pki):
    with peers(tmp_path, pki, residual(), max_sessions=1, max_batch=1) as served, served.session() as session:
        with pytest.raises(PeerError, match="no room"):
            Session.connect(served.target(), lambda *event: None)
        bulk = session._channels["bulk"]
        hs.send(bulk, hs.REQUEST, hs.Request(kind="linear", number=0, count=2))
        with pytest.raises(PeerError, match="limit"):
            bulk.recv(hs.DONE, limit=0)


def test_no_server_is_a_clear_error(served):
    with pytest.raises(PeerError, match="no answer"):
        Session.connect(served.target(port=1), lambda *event: None)


def test_headers_are_sixteen_bytes():
    assert HEADER.size == struct.calcsize("<BBHIQ") == 16
