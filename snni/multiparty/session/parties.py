"""Who the servers are to each other: addresses, SPIFFE ids, and what one client may make a server hold."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from snni.errors import HandshakeError
from snni.multiparty.roles import Role
from snni.multiparty.session.messages import Stream
from snni.session.peer_identity import check_peer
from snni.session.tls import Endpoint, dial
from snni.wire.socket_channel import SocketChannel


@dataclass(frozen=True)
class Limits:
    """max_handshakes: connections that belong to no session yet, so many of them from one address. handshake_timeout_s:
    also for a session's streams to come together. idle_timeout_s: longest silence of who asks. message_timeout_s:
    longest wait within dealing or a run.
    """

    max_sessions: int = 8
    max_sessions_per_client: int = 4
    max_handshakes: int = 32
    max_handshakes_per_address: int = 16
    max_images: int = 16
    max_prepared: int = 4
    handshake_timeout_s: float = 10.0
    idle_timeout_s: float = 30.0
    message_timeout_s: float = 60.0


@dataclass(frozen=True)
class Neighbours:
    """peers: where the servers are, by role, asked anew for each session. context: how this one shows itself to them.

    client_ids: SPIFFE id or prefix of who may ask.
    """

    peers: Callable[[], Mapping[Role, Endpoint]]
    context: ssl.SSLContext
    client_ids: str

    def dial(self, role: Role, timeout_s: float) -> SocketChannel:
        """A verified stream. Raises PeerError, HandshakeError."""
        return SocketChannel(dial(self.peers()[role], self.context, timeout_s))

    def check_opener(self, sock: ssl.SSLSocket, stream: Stream, own: Role) -> str:
        """The SPIFFE id of who opened a stream at a server of this role. Raises HandshakeError: it may not."""
        if own is Role.DEALER and stream != "ask":
            raise HandshakeError("identity", f"nobody opens {stream} at the dealer")
        if stream in ("ask", "work"):
            return check_peer(sock, self.client_ids)
        opener = Role.DEALER if stream == "deal" else other_evaluator(own)
        return check_peer(sock, self.peers()[opener].spiffe_id)


def other_evaluator(role: Role) -> Role:
    return Role.SECOND if role is Role.FIRST else Role.FIRST


def fingerprint(sock: ssl.SSLSocket) -> str:
    """SHA-256 of the peer's certificate, hexadecimal."""
    return hashlib.sha256(sock.getpeercert(binary_form=True) or b"").hexdigest()
