"""Whom servers refuse, and what they tell of it."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from snni.errors import HandshakeError, PeerError, SnniError, WireError
from snni.multiparty.roles import Role, Setting
from snni.multiparty.session import messages as ms
from snni.multiparty.session.peers_file import read_peers
from snni.wire.socket_channel import SocketChannel
from tests.snni.multiparty.session.site import Site
from tests.support.networks import little
from tests.support.waiting import until


def test_another_plan_is_refused(site):
    with pytest.raises(HandshakeError, match="another plan"):
        site.connect(plan_hash="0" * 64)


def test_strangers_are_refused(site):
    with pytest.raises(PeerError):
        site.connect("stranger")
    with pytest.raises(PeerError):  # an evaluator may not ask
        site.connect("first_client")


def test_nobody_is_told_of_a_servers_files(tmp_path):
    """Where it cannot read who the others are, its operator's log says which file; a peer hears that it is so."""
    site = Site(tmp_path, little())
    missing = tmp_path / "peers.json"
    dealer = site.servers[Role.DEALER]
    dealer.neighbours = replace(dealer.neighbours, peers=lambda: read_peers(missing))
    with pytest.raises(PeerError) as told:
        site.connect()
    until(lambda: any(str(missing) in str(error) for *_, error in site.errors))
    assert str(tmp_path) not in str(told.value)
    site.close()


@pytest.mark.parametrize(
    ("setting", "target"), [(setting, target) for setting in Setting for target in range(2 + 3 * setting.active)]
)
def test_a_short_key_of_another_server_is_none_of_the_protocols(tmp_path, monkeypatch, setting, target):
    """Whichever of a session's: it ends the session as any message does that is none."""
    real, keys = SocketChannel.send, itertools.count()

    def send(self, tag, payload):
        cut = tag == ms.KEY and next(keys) == target
        return real(self, tag, payload[:-1] if cut else payload)

    site = Site(tmp_path, little(), setting=setting)
    monkeypatch.setattr(SocketChannel, "send", send)
    try:
        session = site.connect()
        session.prepare()
        session.close()
    except PeerError:
        until(lambda: any(isinstance(error, WireError) and "KEY" in str(error) for *_, error in site.errors))
    else:
        assert next(keys) <= target
    site.close()
    assert all(isinstance(error, SnniError) for *_, error in site.errors)
