"""What peers may take of a server: memory, descriptors, connections, sessions."""

import errno
import socket
import threading

import pytest

from services.bus.identities import spiffe
from snni.errors import PeerError, WireError
from snni.twoparty.inference.client import INPUT
from snni.twoparty.session.client import Session
from snni.twoparty.session.server import Server
from snni.wire.framing import HEADER, VERSION
from tests.snni.twoparty.session.attacking import claim, filled, picture
from tests.support.networks import residual
from tests.support.peers import peers
from tests.support.waiting import PATIENCE_S, until


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
