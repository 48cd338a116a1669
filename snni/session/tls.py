"""Mutually authenticated TLS 1.3 between the parties; peers are known by their SPIFFE id, not by their chain alone."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from snni.errors import HandshakeError, PeerError
from snni.session.peer_identity import check_peer


@dataclass(frozen=True)
class Identity:
    """PEM files: this party's certificate and key, and the CA that signed the peer's."""

    certificate: Path
    key: Path
    ca: Path


@dataclass(frozen=True)
class Endpoint:
    """A party to dial: where it listens, and who it must show to be."""

    host: str
    port: int
    spiffe_id: str


def client_context(identity: Identity) -> ssl.SSLContext:
    """Verifies the chain; the name is checked as a SPIFFE id after the handshake (``check_peer``)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    return _configure(context, identity)


def server_context(identity: Identity) -> ssl.SSLContext:
    """Requires a client certificate; no tickets, hence no resumption and no 0-RTT."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.num_tickets = 0
    return _configure(context, identity)


def _configure(context: ssl.SSLContext, identity: Identity) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(identity.certificate, identity.key)
    context.load_verify_locations(identity.ca)
    return context


def tune(raw: socket.socket) -> None:
    """For short turns: no coalescing, and loss-based congestion control where the system lets us choose it.

    BBR paces what it sends, which lengthens every turn: a third more online on loopback.
    """
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name in (b"cubic", b"reno") if hasattr(socket, "TCP_CONGESTION") else ():
        with suppress(OSError):  # not there, or not for us: the system's own will do
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, name)
            return


def dial(peer: Endpoint, context: ssl.SSLContext, timeout_s: float) -> ssl.SSLSocket:
    """A verified connection. Raises PeerError when nobody answers, HandshakeError when the wrong one does."""
    try:
        raw = socket.create_connection((peer.host, peer.port), timeout=timeout_s)
    except OSError as error:
        raise PeerError(f"no answer from {peer.host}:{peer.port}: {error.strerror or type(error).__name__}") from error
    try:
        tune(raw)
        sock = context.wrap_socket(raw, server_hostname=peer.host)
    except ssl.SSLCertVerificationError as error:
        raw.close()
        raise HandshakeError("certificate", f"the peer's certificate is refused: {error.verify_message}") from error
    except OSError as error:
        raw.close()
        raise PeerError(
            f"TLS with {peer.host}:{peer.port} failed: {getattr(error, 'reason', None) or error}"
        ) from error
    try:
        check_peer(sock, peer.spiffe_id)
    except HandshakeError:
        sock.close()
        raise
    return sock
