"""Who the servers are to each other: addresses, SPIFFE ids, and what one client may make a server hold."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from snni.errors import HandshakeError, PeerError
from snni.multiparty.roles import Role, Setting
from snni.multiparty.session.messages import Stream
from snni.multiparty.session.streams import asked_streams, came, openers
from snni.session.lifetime import Lifetime
from snni.session.peer_identity import check_peer, is_named, spiffe_ids
from snni.session.tls import Endpoint, dial
from snni.wire.socket_channel import SocketChannel


@dataclass(frozen=True)
class Limits:
    """max_sessions_per_client, max_inferences_per_day: of one client, by its SPIFFE id, whatever its certificates and
    sessions. max_handshakes: connections that belong to no session yet, so many of them from one address.
    handshake_timeout_s: also for a session's streams to come together. idle_timeout_s: longest silence of who asks.
    message_timeout_s: longest wait within dealing or a run. lifetime: of a session, by its age.
    """

    max_sessions: int = 8
    max_sessions_per_client: int = 4
    max_inferences_per_day: int = 100_000
    lifetime: Lifetime = field(default_factory=Lifetime)
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
        """A verified stream. Raises PeerError saying which server is missing, HandshakeError."""
        try:
            return SocketChannel(dial(self.peers()[role], self.context, timeout_s))
        except HandshakeError:
            raise
        except PeerError as error:
            raise PeerError(f"the {role.value} is missing: {error}") from error

    def check_opener(self, sock: ssl.SSLSocket, stream: Stream, own: Role, setting: Setting) -> tuple[str, str]:
        """The stream's name at a server of this role, by who opened it; that client's SPIFFE id, empty of a server.

        Raises HandshakeError: it may not open it.
        """
        if stream in asked_streams(own, setting):
            return stream, check_peer(sock, self.client_ids)
        peers = self.peers()
        for opener in openers(stream, own, setting):
            if any(is_named(name, peers[opener].spiffe_id) for name in spiffe_ids(sock)):
                return came(stream, opener), ""
        raise HandshakeError("identity", f"who opened {stream} may not open it at the {own.value}")


def fingerprint(sock: ssl.SSLSocket) -> str:
    """SHA-256 of the peer's certificate, hexadecimal."""
    return hashlib.sha256(sock.getpeercert(binary_form=True) or b"").hexdigest()
