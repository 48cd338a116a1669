"""Which certificate a server shows, for each of the ways in which servers of an installation come to TLS."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

from cryptography import x509

from tests.deploy.cluster.fabric import End
from tests.deploy.cluster.threads import entered
from tests.support.waiting import PATIENCE_S

POSTGRES_ASKS_FOR_TLS = bytes.fromhex("0000000804d2162f")
Opening = Callable[[socket.socket], None]


def at_once(connection: socket.socket) -> None:
    """TLS from the first byte."""


def nats(connection: socket.socket) -> None:
    """The server speaks first: a line of INFO."""
    while connection.recv(1) != b"\n":
        pass


def postgres(connection: socket.socket) -> None:
    """The client asks for TLS, and the server agrees with one letter."""
    connection.sendall(POSTGRES_ASKS_FOR_TLS)
    assert connection.recv(1) == b"S"


def shown(node: End, address: str, port: int, opening: Opening) -> x509.Certificate | None:
    """The certificate; None where nobody answers."""
    found: list[x509.Certificate] = []

    def shake() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with (
            contextlib.suppress(OSError),
            entered(node.path),
            socket.create_connection((address, port), PATIENCE_S) as connection,
        ):
            opening(connection)
            with context.wrap_socket(connection) as secure:
                found.append(x509.load_der_x509_certificate(secure.getpeercert(binary_form=True) or b""))

    thread = threading.Thread(target=shake)
    thread.start()
    thread.join()
    return found[0] if found else None


def held(path: Path) -> x509.Certificate:
    """The one that a file holds."""
    return x509.load_pem_x509_certificate(path.read_bytes())
