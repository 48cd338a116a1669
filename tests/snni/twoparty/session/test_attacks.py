"""What hostile, slow and vanishing peers can do to a server and to the other clients of it: end their own session."""

import copy
import errno
import pickle
import socket
import threading
from dataclasses import replace

import numpy as np
import pytest

from services.bus.identities import spiffe
from snni.errors import CorrelationError, ParameterError, PeerError, WireError
from snni.inference import Outcome
from snni.session.budget import InferenceBudget
from snni.twoparty.inference.client import INPUT, ClientInference
from snni.twoparty.inference.server import ServerInference
from snni.twoparty.server_model import server_model
from snni.twoparty.session import handshake as hs
from snni.twoparty.session.client import Session
from snni.twoparty.session.parameters import ServerLimits
from snni.twoparty.session.priority import LiveFirst
from snni.twoparty.session.server import Server, ServerSession
from snni.twoparty.session.server_session import Standing
from snni.twoparty.session.suspects import Suspects
from snni.wire.framing import HEADER, VERSION
from snni.wire.socket_channel import SocketChannel
from tests.support.networks import residual
from tests.support.peers import peers
from tests.support.waiting import PATIENCE_S, until


@pytest.fixture
def served(tmp_path, pki):
    with peers(tmp_path, pki, residual()) as one:
        yield one


def picture():
    return np.random.default_rng(1).integers(0, 256, residual().plan.input_shape, np.uint8)


def filled(session, count=1):
    while session.ready < count:
        session.advance(1)
    return session


def claim(served, session):
    """Claim the first number on the wire as a client does, and fall silent once the server has it."""
    live = session._channels["live"]
    hs.send(live, hs.CLAIM, hs.Claim(number=0))
    until(lambda: ("claimed", session.epoch, 0) in served.events)
    return live


class ShortOfDescriptors(socket.socket):
    """A listening socket whose first accept fails as it does when the process has no descriptor left."""

    failures = 1

    def accept(self):
        if self.failures:
            self.failures -= 1
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


def test_a_server_without_descriptors_goes_on_accepting(served):
    errors = []
    server = Server(
        served.server.model,
        served.server.context,
        served.server.client_ids,
        lambda *event: None,
        on_error=lambda stream, error: errors.append(error),
    )
    listener = ShortOfDescriptors(fileno=socket.create_server(("127.0.0.1", 0)).detach())
    thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
    thread.start()
    try:
        with served.session(port=listener.getsockname()[1]) as session:
            filled(session).infer(picture())
    finally:
        server.close()
    thread.join(PATIENCE_S)
    assert not thread.is_alive() and [error.errno for error in errors if isinstance(error, OSError)] == [errno.EMFILE]


def test_connections_that_belong_to_no_session_are_bounded(tmp_path, pki):
    with peers(tmp_path, pki, residual(), max_handshakes=2) as served:
        slots = served.server._slots
        with served.session() as session:  # its three connections give their handshake slots back
            until(lambda: slots.held == 0)
            silent = [socket.create_connection(("127.0.0.1", served.port), PATIENCE_S) for _ in range(2)]
            until(lambda: slots.held == 2)
            with socket.create_connection(("127.0.0.1", served.port), PATIENCE_S) as refused:
                assert refused.recv(1) == b""
            filled(session).infer(picture())
            for one in silent:
                one.close()
        assert [str(error) for error in served.errors[:1]] == ["too many connections without a session"]
        until(lambda: slots.held == 0)
        with served.session() as session:
            filled(session).infer(picture())


def test_a_client_that_stalls_in_its_inference_does_not_hold_up_the_others(served):
    with served.session() as stalled, served.session() as other:
        claim(served, filled(stalled))
        done = threading.Event()
        thread = threading.Thread(target=lambda: (filled(other).infer(picture()), done.set()))
        thread.start()
        assert done.wait(PATIENCE_S), "another session's inference keeps this one's correlations waiting"
        thread.join()


def test_live_work_is_given_way_to_for_a_bounded_time_in_all():
    now = [0.0]
    priority = LiveFirst(patience_s=PATIENCE_S, clock=lambda: now[0])
    with priority.live():
        assert not priority.wait_idle(0.0)
        now[0] = 2 * PATIENCE_S
        for _ in range(200):  # each would wait longer than this test may take
            priority.give_way()
    assert priority.wait_idle(0.0)


def test_bulk_work_waits_while_an_inference_is_young():
    priority, order = LiveFirst(patience_s=2 * PATIENCE_S), []
    with priority.live():
        thread = threading.Thread(target=lambda: (priority.give_way(), order.append("bulk")))
        thread.start()
        thread.join(0.1)
        order.append("live")
    thread.join(PATIENCE_S)
    assert order == ["live", "bulk"]


def test_a_client_that_stalls_in_its_inference_is_ended_though_it_still_pings(tmp_path, pki):
    with peers(tmp_path, pki, residual()) as served, served.session() as session:
        filled(session)
        (theirs,) = served.server.sessions
        theirs._limits = replace(
            theirs._limits, message_timeout_s=0.5
        )  # from here on: before, work takes what it takes
        claim(served, session)
        until(lambda: ("burnt", 0) in [(event, number) for event, _, number in served.events])
        assert served.server.wait_idle(PATIENCE_S)
        until(lambda: not served.server.sessions)


def test_a_header_cannot_make_the_server_allocate(served):
    with served.session() as session:
        live = claim(served, filled(session))
        length = served.bundle.plan.input_shape[0] * 1_000_000
        live._sock.sendall(HEADER.pack(VERSION, 0, INPUT, length, live._out))
        until(lambda: any("allowed here" in str(error) for error in served.errors))


def test_a_header_amid_an_inference_cannot_make_the_server_allocate(served):
    with served.session() as session:
        live = session._channels["live"]
        filled(session)
        send, sent = live.send, []

        def inflate(tag, payload):
            sent.append(tag)
            if len(sent) != 4:  # claim, image, first gate's first answer; then
                return send(tag, payload)
            live._sock.sendall(HEADER.pack(VERSION, 0, tag, 1 << 29, live._out))
            until(lambda: served.errors)
            raise PeerError("gone silent")

        live.send = inflate
        with pytest.raises(PeerError):
            session.infer(picture())
    until(lambda: any(isinstance(error, WireError) and "allowed here" in str(error) for error in served.errors))


@pytest.mark.parametrize("stream", ["live", "bulk"])
def test_a_session_has_one_stream_of_a_kind(served, stream):
    with served.session() as session:
        channel = served.hello(stream, ticket=served.server.sessions[0].ticket)
        with pytest.raises(PeerError, match="already"):
            channel.recv(hs.READY, limit=0)
        filled(session).infer(picture())


def test_streams_join_a_session_only_after_it_agreed(served):
    control = served.hello("control")
    welcome = hs.receive(control, hs.WELCOME, hs.Welcome)
    for stream in ("live", "bulk"):
        with pytest.raises(PeerError, match="no session"):
            served.hello(stream, ticket=welcome.ticket).recv(hs.READY, limit=0)
    control.close()


def test_no_stream_joins_an_ended_session():
    session = ServerSession(
        server_model(residual()),
        ServerLimits(),
        Standing(InferenceBudget(1), Suspects(1)),
        hs.Hello(version=hs.VERSION, stream="control"),
        "id",
        b"",
        lambda *event: None,
    )
    session.close()
    with socket.socket() as plain, pytest.raises(PeerError, match="ended"):
        session.attach("live", SocketChannel(plain))


def test_one_client_cannot_take_every_session(tmp_path, pki):
    pki.issue("second", "snni", spiffe("room", "snni_client", "1"), "client")
    pki.issue("third", "snni", spiffe("room", "snni_client", "2"), "client")
    with (
        peers(tmp_path, pki, residual(), max_sessions=3, max_sessions_per_client=1) as served,
        served.session(identity=served.identity("second")),
        served.session(identity=served.identity("third")) as other,
    ):
        with pytest.raises(PeerError, match="of this client"):
            Session.connect(served.target(identity=served.identity("second")), lambda *event: None)
        filled(other).infer(picture())


def test_a_frame_that_drips_in_is_cut_off():
    here, there = socket.socketpair()
    here.settimeout(0.4)
    channel, stop = SocketChannel(here), threading.Event()

    def drip():
        for byte in HEADER.pack(VERSION, 0, hs.PING, 0, 0):
            if stop.wait(0.1):
                return
            there.sendall(bytes([byte]))

    thread = threading.Thread(target=drip)
    thread.start()
    with pytest.raises(PeerError):
        channel.recv(hs.PING, limit=0)
    stop.set()
    thread.join()
    channel.close()
    there.close()


def test_a_peer_that_stops_reading_is_given_up():
    here, there = socket.socketpair()
    here.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    here.settimeout(0.2)
    with here, there, pytest.raises(PeerError):
        SocketChannel(here).send(hs.PING, bytes(1 << 16))


def test_closing_pulls_neither_tls_nor_the_descriptor_from_under_a_writer(served):
    channel = served.raw()
    sock = channel._sock
    entered, go_on = threading.Event(), threading.Event()
    send, errors = sock.send, []

    def held(data, flags=0):
        entered.set()
        go_on.wait(PATIENCE_S)
        return send(data, flags)

    def write():
        try:
            channel.send(hs.PING, b"never in the clear" * 1000)
        except PeerError as error:
            errors.append(error)

    sock.send = held
    thread = threading.Thread(target=write)
    thread.start()
    assert entered.wait(PATIENCE_S)
    channel.close()
    assert sock.fileno() >= 0 and sock._sslobj is not None
    go_on.set()
    thread.join(PATIENCE_S)
    assert errors and sock.fileno() == -1
    with pytest.raises(PeerError, match="closed"):
        channel.send(hs.PING, b"")


def test_numbers_are_claimed_in_the_order_in_which_inferences_run(served):
    heard, results = [], []
    with served.session(lambda *event: heard.append(event)) as session:
        filled(session, 2)
        threads = [threading.Thread(target=lambda: results.append(session.infer(picture()))) for _ in range(2)]
        with session._live_lock:
            for thread in threads:
                thread.start()
            threads[0].join(0.2)
            assert not [event for event, _ in heard if event == "claimed"]
        for thread in threads:
            thread.join()
        assert not session.ended
    assert sorted(result.number for result in results) == [0, 1]


def test_a_wrong_image_costs_nothing(served):
    with served.session() as session:
        filled(session)
        for wrong in (picture()[:1], picture().astype(np.float32)):
            with pytest.raises(ParameterError):
                session.infer(wrong)
        assert session.infer(picture()).number == 0


def test_inferences_cannot_be_copied():
    model = server_model(residual())
    for inference in (ClientInference(model.plan, scores=False), ServerInference(model, {}, scores=False)):
        for leak in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError, match="never"):
                leak(inference)


def test_an_unforeseen_error_ends_one_session_and_tells_the_client_nothing(served):
    event = served.server.event

    def broken(name, epoch, number):
        event(name, epoch, number)
        if name == "nonlinear_started":
            raise KeyError("something of the server's own")

    served.server.event = broken
    with served.session() as session, pytest.raises(PeerError) as caught:
        filled(session)
    assert "something" not in str(caught.value)
    until(lambda: any(isinstance(error, KeyError) for error in served.errors) and not served.server.sessions)
    served.server.event = event
    with served.session() as session:
        filled(session).infer(picture())


def test_tickets_and_the_peers_own_words_stay_out_of_texts():
    ticket = "ab" * 32
    assert ticket not in repr(hs.Hello(version=1, stream="live", ticket=ticket))
    sizes = {"max_batch": 1, "max_prepared": 1, "max_age_s": 1.0, "max_transfers": 1}
    body = hs.Welcome(plan="", epoch="0" * 32, ticket=ticket, agreed="0" * 64, ot=("ferret",), **sizes)
    assert ticket not in repr(body) + str(body)
    with pytest.raises(WireError) as caught:
        hs.parse(b'{"version": 1, "stream": "live", "\\u001b[31m forged": 1}', hs.Hello)
    assert "forged" not in str(caught.value)


def test_a_level_is_in_no_text():
    assert "3" not in repr(Outcome(3, np.array([7])))


def test_a_claim_after_the_end_finds_nothing(served):
    with served.session() as session:
        filled(session)
        mine = served.server.sessions[0]
        mine.close()
        with pytest.raises(CorrelationError, match="ended"):
            mine.pool.claim(0)
        assert len(mine.pool) == 0
