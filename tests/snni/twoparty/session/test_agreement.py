"""Both parties compare the digest of what they must hold equal, each for itself: one that does not know is refused."""

from __future__ import annotations

import pytest

from localsite.pki import make_pki
from snni.errors import HandshakeError, PeerError
from snni.twoparty.session import handshake as hs
from tests.support.networks import grey
from tests.support.peers import peers

OTHER = "0" * 64


@pytest.fixture
def served(tmp_path):
    with peers(tmp_path, make_pki(tmp_path / "pki"), grey(), handshake_timeout_s=10.0) as one:
        yield one


def test_a_client_refuses_another_servers_parameters(served, monkeypatch) -> None:
    """The server then compares with what it sent, and would let the client in."""
    monkeypatch.setattr("snni.twoparty.session.server.agreement", lambda *plan, **scores: OTHER)
    with pytest.raises(HandshakeError, match="parameters"), served.session():
        pass


def test_a_server_refuses_another_clients_parameters(served) -> None:
    control = served.hello("control")
    welcome = hs.receive(control, hs.WELCOME, hs.Welcome)
    assert welcome.agreed != OTHER
    hs.send(control, hs.ACCEPT, hs.Accept(agreed=OTHER))
    control.send(hs.PUBLIC_KEY, b"")
    with pytest.raises(PeerError, match="parameters"):
        control.recv(hs.READY, limit=0)
    control.close()
