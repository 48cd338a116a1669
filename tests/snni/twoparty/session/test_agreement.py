"""Both parties compare the digest of what they must hold equal, each for itself: one that does not know is refused.

And a stream needs the ticket of the session that it would join, also where it comes from the client of that session.
"""

from __future__ import annotations

import secrets

import pytest

from localsite.pki import make_pki
from snni.errors import HandshakeError, PeerError, WireError
from snni.twoparty.nonlinear.comparisons import FLIGHT_BYTES
from snni.twoparty.session import handshake as hs
from snni.twoparty.session.parameters import agreement
from snni.twoparty.suite import suite_of
from tests.support.networks import grey
from tests.support.peers import peers

OTHER = "0" * 64


@pytest.fixture
def served(tmp_path):
    with peers(tmp_path, make_pki(tmp_path / "pki"), grey()) as one:
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


@pytest.mark.parametrize("link", FLIGHT_BYTES)
def test_a_session_is_made_for_the_link_that_the_client_names(served, link: str) -> None:
    """Both derive the same lookups from it, which the digest covers."""
    control = served.hello("control", link=link)
    welcome = hs.receive(control, hs.WELCOME, hs.Welcome)
    assert welcome.agreed == agreement(grey().plan, suite_of(link=link), scores=False)
    others = {agreement(grey().plan, suite_of(link=one), scores=False) for one in FLIGHT_BYTES}
    assert len(others) == len(FLIGHT_BYTES)
    control.close()


def test_a_link_that_is_none_is_refused() -> None:
    with pytest.raises(WireError, match="link"):
        hs.parse(b'{"version": 1, "stream": "control", "link": "pigeon"}', hs.Hello)


@pytest.mark.parametrize("wrong", ["of another session", "of none", "but for one bit"])
def test_a_stream_of_the_same_client_needs_the_sessions_own_ticket(served, wrong: str) -> None:
    """It has both its streams already, so that the right ticket is refused in other words."""
    with served.session():
        (session,) = served.server.sessions
        flipped = f"{int(session.ticket[0], 16) ^ 1:x}{session.ticket[1:]}"
        ticket = {"of another session": secrets.token_hex(32), "of none": OTHER, "but for one bit": flipped}[wrong]
        for stream in ("live", "bulk"):
            with pytest.raises(PeerError, match="no session"):
                served.hello(stream, ticket=ticket).recv(hs.READY, limit=0)
        with pytest.raises(PeerError, match="already"):
            served.hello("live", ticket=session.ticket).recv(hs.READY, limit=0)


@pytest.mark.parametrize("version", [hs.VERSION - 1, hs.VERSION + 1])
def test_another_version_is_refused_by_name(served, version: int) -> None:
    control = served.hello("control", version=version)
    with pytest.raises(PeerError, match=f"speaks version {version}"):
        hs.receive(control, hs.WELCOME, hs.Welcome)
    control.close()
