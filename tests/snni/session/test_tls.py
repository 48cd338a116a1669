"""What a connection of the parties is at least: TLS 1.3, both certified by the authority, nothing to resume it with."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from localsite.pki import make_pki
from snni.session.tls import Identity, client_context, server_context
from tests.support.waiting import PATIENCE_S


@pytest.fixture(scope="module")
def identities(tmp_path_factory: pytest.TempPathFactory) -> tuple[Identity, Identity]:
    pki = make_pki(Path(tmp_path_factory.mktemp("pki")))
    return Identity(*pki.cert("snni_client")), Identity(*pki.cert("snni_server"))


def shake(client: ssl.SSLContext, server: ssl.SSLContext) -> ssl.SSLSocket:
    """The client's end after a handshake and a byte from the server, which would bring tickets along."""
    ends = socket.socketpair()

    def serve() -> None:
        with suppress(OSError), server.wrap_socket(ends[1], server_side=True) as sock:
            sock.sendall(b"x")
            sock.recv(1)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        sock = client.wrap_socket(ends[0], server_hostname="localhost")  # closes it where the handshake fails
        try:
            assert sock.recv(1) == b"x"
            sock.sendall(b"x")
        except BaseException:
            sock.close()
            raise
    finally:
        thread.join(PATIENCE_S)
    return sock


def test_it_is_tls_13_without_tickets(identities: tuple[Identity, Identity]) -> None:
    sock = shake(client_context(identities[0]), server_context(identities[1]))
    assert sock.version() == "TLSv1.3"
    assert sock.session is None or not sock.session.has_ticket
    sock.close()


@pytest.mark.parametrize("old", ["client", "server"])
def test_an_older_version_is_refused_by_the_other_end(identities: tuple[Identity, Identity], old: str) -> None:
    client, server = client_context(identities[0]), server_context(identities[1])
    limited = client if old == "client" else server
    limited.minimum_version = limited.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, OSError)):
        shake(client, server)


def test_a_client_without_a_certificate_is_refused(identities: tuple[Identity, Identity]) -> None:
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bare.check_hostname = False
    bare.load_verify_locations(identities[0].ca)
    with pytest.raises((ssl.SSLError, OSError)):
        shake(bare, server_context(identities[1]))
