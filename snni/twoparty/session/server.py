"""The server's end: one listening socket, any number of sessions, a thread for each connection.

A hostile or broken client ends its own session with a typed error and takes nothing from the others: what it can make
the server hold is bounded by ServerLimits, what it sends is checked before use.
"""

from __future__ import annotations

import hmac
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from snni.errors import CorrelationError, HandshakeError, PeerError, SnniError
from snni.session.budget import InferenceBudget
from snni.session.doorway import Doorway
from snni.session.handshake_slots import HandshakeSlot, HandshakeSlots
from snni.session.peer_identity import check_peer
from snni.twoparty.server_model import ServerModel
from snni.twoparty.session import handshake as hs
from snni.twoparty.session.parameters import ServerLimits, agreement, check_offered
from snni.twoparty.session.priority import LiveFirst
from snni.twoparty.session.server_session import Event, ServerSession, Standing
from snni.twoparty.session.suspects import Suspects
from snni.twoparty.video.shape import VideoShape
from snni.wire.channel import refuse
from snni.wire.socket_channel import SocketChannel

__all__ = ["Event", "Server", "ServerSession"]

MAX_PUBLIC_KEY_BYTES = 1 << 20


def describe(error: Exception) -> str:
    """What a client may be told: our own errors hold no secret, others' texts are not passed on."""
    return f"{type(error).__name__}: {error}" if isinstance(error, SnniError) else "bad message"


@dataclass
class Server:
    """Serves one model. client_ids: the SPIFFE id or prefix (ending in '/') that clients must show.

    suspects: clients that are locked out; None: none are at first, and all are forgotten with this process.
    """

    model: ServerModel
    context: ssl.SSLContext
    client_ids: str
    event: Event
    limits: ServerLimits = field(default_factory=ServerLimits)
    on_error: Callable[[str, Exception], None] = lambda stream, error: None
    suspects: Suspects | None = None

    def __post_init__(self) -> None:
        if self.model.selection is not None:  # raises ParameterError: no video is so
            selected, frames = self.model.selection.shape
            VideoShape(self.model.plan, frames, selected)
        self._sessions: dict[str, ServerSession] = {}
        self._lock = threading.Lock()
        self._priority = LiveFirst()
        self._slots = HandshakeSlots(self.limits.max_handshakes, self.limits.max_handshakes_per_address)
        self._doorway = Doorway(
            self.context, self._slots, self.limits.handshake_timeout_s, self._converse, self.on_error
        )
        suspects = Suspects(self.limits.max_unanswered) if self.suspects is None else self.suspects
        self.standing = Standing(InferenceBudget(self.limits.max_inferences_per_day), suspects)

    @property
    def sessions(self) -> list[ServerSession]:
        with self._lock:
            return list(self._sessions.values())

    def wait_idle(self, timeout_s: float) -> bool:
        """Whether no inference is in flight, waiting for that at most timeout_s."""
        return self._priority.wait_idle(timeout_s)

    def serve(self, listener: socket.socket) -> None:
        """Accept until ``close``. Blocking; every connection gets a thread, up to ServerLimits.max_handshakes."""
        self._doorway.serve(listener)

    def drain(self) -> None:
        """Take no new sessions; those there go on."""
        self._doorway.drain()

    def close(self) -> None:
        """Drain, and end every session."""
        self.drain()
        for session in self.sessions:
            session.close()

    def _converse(self, channel: SocketChannel, sock: ssl.SSLSocket, slot: HandshakeSlot) -> None:
        stream = "connection"
        try:
            client = check_peer(sock, self.client_ids)
            hello = hs.receive(channel, hs.HELLO, hs.Hello, hs.MAX_HELLO_BYTES)
            stream = hello.stream
            hs.check_version(hello.version)
            peer = sock.getpeercert(binary_form=True) or b""
            if stream == "control":
                self._control(hello, channel, client, peer, slot)
            else:
                self._work(hello, channel, peer, slot)
        except Exception as error:  # whatever one client brings about ends here, with its own connection
            self.on_error(stream, error)
            channel.settimeout(self.limits.handshake_timeout_s)
            refuse(channel, describe(error))
        finally:
            channel.close()

    def _work(self, hello: hs.Hello, channel: SocketChannel, peer: bytes, slot: HandshakeSlot) -> None:
        """A live or bulk stream, to its end; its end is the session's."""
        session = self._find(hello.ticket, peer)
        session.attach(hello.stream, channel)
        slot.release()
        try:
            channel.settimeout(self.limits.message_timeout_s)
            channel.send(hs.READY, b"")
            if hello.stream == "live":
                session.serve_live(channel, self._priority)
            session.serve_bulk(channel, self._priority)
        except Exception as error:
            channel.settimeout(self.limits.handshake_timeout_s)
            refuse(channel, describe(error))  # while the stream still stands
            self._lock_out(session.client)
            raise
        finally:
            session.close()

    def _lock_out(self, client: str) -> None:
        """End all sessions of a client that may have no more."""
        if client in self.standing.suspects.locked:
            for session in self.sessions:
                if session.client == client:
                    session.close()

    def _control(self, hello: hs.Hello, channel: SocketChannel, client: str, peer: bytes, slot: HandshakeSlot) -> None:
        if hello.scores and not self.limits.allow_scores:
            raise HandshakeError("scores", "this server reveals levels only")
        if hello.video and (self.model.selection is None or hello.scores or self.limits.audit):
            reason = "this server selects no frames of a video, audits what clients prepare, or was asked for scores"
            raise HandshakeError("video", reason)
        session = ServerSession(self.model, self.limits, self.standing, hello, client, peer, self.event)
        self._register(session)
        slot.release()
        self.event("session_started", session.epoch, -1)
        try:
            self._agree(session, channel)
            channel.settimeout(self.limits.idle_timeout_s)
            while True:
                channel.recv(hs.PING, limit=0)
                session.check_age()
                channel.send(hs.PONG, b"")
        except Exception as error:
            channel.settimeout(self.limits.handshake_timeout_s)
            refuse(channel, describe(error))  # while the stream still stands
            raise
        finally:
            session.close()
            with self._lock:
                self._sessions.pop(session.ticket, None)
            self.event("session_ended", session.epoch, -1)

    def _register(self, session: ServerSession) -> None:
        """Raises PeerError: no room, for anyone or for this client, or it is locked out, or has had its day."""
        self.standing.suspects.check(session.client)
        self.standing.budget.admit(session.client)
        with self._lock:
            if self._doorway.stopping or len(self._sessions) >= self.limits.max_sessions:
                raise PeerError("no room for another session; try again later")
            if sum(s.client == session.client for s in self._sessions.values()) >= self.limits.max_sessions_per_client:
                raise PeerError("no room for another session of this client; try again later")
            self._sessions[session.ticket] = session

    def _agree(self, session: ServerSession, channel: SocketChannel) -> None:
        plan = self.model.plan
        agreed = agreement(plan, session.suite, scores=session.scores, video=session.video, audit=self.limits.audit)
        hs.send(
            channel,
            hs.WELCOME,
            hs.Welcome(
                plan=plan.to_json().decode(),
                epoch=session.epoch,
                ticket=session.ticket,
                agreed=agreed,
                ot=self.limits.ot,
                max_batch=self.limits.max_batch,
                max_prepared=self.limits.max_prepared,
                max_age_s=self.limits.lifetime.age_s,
                max_transfers=self.limits.lifetime.transfers,
                audit=self.limits.audit,
                video=session.video,
            ),
        )
        check_offered(session.suite.transfers.extension, self.limits.ot)  # the client has the offer and knows why
        if hs.receive(channel, hs.ACCEPT, hs.Accept, hs.MAX_HELLO_BYTES).agreed != agreed:
            raise HandshakeError("parameters", "the parties' protocol parameters differ")
        if not self.limits.audit:  # else each unit has its own
            session.public_key = bytes(channel.recv(hs.PUBLIC_KEY, limit=MAX_PUBLIC_KEY_BYTES))
        session.attach("control", channel)
        channel.send(hs.READY, b"")

    def _find(self, ticket: str, peer: bytes) -> ServerSession:
        """The session that handed out the ticket, if the same client asks and has agreed."""
        for session in self.sessions:
            if hmac.compare_digest(session.ticket, ticket) and session.peer == peer and session.agreed:
                return session
        raise CorrelationError("no session for this ticket and certificate")
