"""Which streams join a session, and when."""

import socket

import pytest

from snni.errors import PeerError
from snni.session.budget import InferenceBudget
from snni.twoparty.server_model import server_model
from snni.twoparty.session import handshake as hs
from snni.twoparty.session.parameters import ServerLimits
from snni.twoparty.session.server import ServerSession
from snni.twoparty.session.server_session import Standing
from snni.twoparty.session.suspects import Suspects
from snni.wire.socket_channel import SocketChannel
from tests.snni.twoparty.session.attacking import filled, picture
from tests.support.networks import residual


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
