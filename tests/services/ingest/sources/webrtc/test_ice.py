"""Where media is received, and which servers clients are told of."""

from __future__ import annotations

from services.ingest.sources.webrtc.ice import IceServer
from services.runtime.ice import choose_addresses


def test_loopback_only_on_a_machine_without_a_network() -> None:
    assert choose_addresses((), []) == ["127.0.0.1"]
    assert choose_addresses((), ["192.0.2.2"]) == ["192.0.2.2"]
    assert choose_addresses(("192.0.2.9",), ["192.0.2.2"]) == ["192.0.2.9"]


def test_link_of_a_turn_server() -> None:
    server = IceServer("turn:turn.test?transport=udp", "user", "pass")
    assert server.link() == (
        '<turn:turn.test?transport=udp>; rel="ice-server"; username="user"; credential="pass"; '
        'credential-type="password"'
    )
    assert "pass" not in repr(server)
    assert IceServer("stun:stun.test").link() == '<stun:stun.test>; rel="ice-server"'
