"""One server of three or four: a listening socket, a thread for each stream, any number of sessions.

A hostile or broken client ends its own session with a typed error; a server that fails ends the sessions that it is in.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from snni.errors import BundleError, HandshakeError, PeerError, SnniError
from snni.multiparty.model import DealerModel, EvaluatorModel
from snni.multiparty.roles import Role
from snni.multiparty.session import messages as ms
from snni.multiparty.session.dealing import DealerSession, WitnessSession
from snni.multiparty.session.evaluating import EvaluatorSession
from snni.multiparty.session.parties import Limits, Neighbours, fingerprint
from snni.multiparty.session.session import Event, Session, video_shape
from snni.multiparty.session.streams import outward
from snni.session.budget import InferenceBudget
from snni.session.doorway import Doorway
from snni.session.handshake_slots import HandshakeSlot, HandshakeSlots
from snni.wire.channel import refuse
from snni.wire.socket_channel import SocketChannel


def described(error: Exception) -> str:
    """What a peer may be told: our own errors hold no secret, but for those of this machine's files; others' texts are
    not passed on."""
    if isinstance(error, BundleError):
        return "PeerError: this server does not find the others"
    return f"{type(error).__name__}: {error}" if isinstance(error, SnniError) else "bad message"


@dataclass
class ShareServer:
    """Serves one share of one network in one role. budget: of all clients, whatever sessions they have; evaluators
    count."""

    model: DealerModel | EvaluatorModel
    context: ssl.SSLContext
    neighbours: Neighbours
    event: Event
    limits: Limits = field(default_factory=Limits)
    on_error: Callable[[str, Exception], None] = lambda stream, error: None

    def __post_init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()
        slots = HandshakeSlots(self.limits.max_handshakes, self.limits.max_handshakes_per_address)
        self._doorway = Doorway(self.context, slots, self.limits.handshake_timeout_s, self._converse, self.on_error)
        self.budget = InferenceBudget(self.limits.max_inferences_per_day)

    @property
    def role(self) -> Role:
        return self.model.role

    @property
    def sessions(self) -> list[Session]:
        with self._lock:
            return list(self._sessions.values())

    def serve(self, listener: socket.socket) -> None:
        """Accept until ``close``. Blocking."""
        self._doorway.serve(listener)

    @property
    def prepared(self) -> int:
        """Runs prepared and not claimed, over all sessions."""
        return sum(session.prepared for session in self.sessions)

    def wait_idle(self, timeout_s: float) -> bool:
        """Whether no run is in flight, waiting for that at most timeout_s."""
        deadline = time.monotonic() + timeout_s
        while any(session.running for session in self.sessions):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def drain(self) -> None:
        """Take no new sessions; those there go on."""
        self._doorway.drain()

    def close(self) -> None:
        """Drain, and end every session."""
        self.drain()
        for session in self.sessions:
            session.close()

    def _converse(self, channel: SocketChannel, sock: ssl.SSLSocket, slot: HandshakeSlot) -> None:
        stream, session = "connection", None
        try:
            hello = ms.receive(channel, ms.HELLO, ms.Hello)
            stream = hello.stream
            if hello.version != ms.VERSION:
                raise HandshakeError("version", f"the peer speaks version {hello.version}, this server {ms.VERSION}")
            name, client = self.neighbours.check_opener(sock, hello.stream, self.role, self.model.setting)
            session = self._find(hello.session, fingerprint(sock) if client else hello.asker)
            if client:
                self._belongs(session, client)
            channel.settimeout(self.limits.message_timeout_s)
            session.attach(name, channel)
            slot.release()
            self._work(session, name, channel)
        except Exception as error:  # whatever one stream brings about ends here, with its session
            self.on_error(stream, error)
            channel.settimeout(self.limits.handshake_timeout_s)
            refuse(channel, described(error))
            if session is not None:
                self._end(session)
            channel.close()

    def _work(self, session: Session, stream: str, channel: SocketChannel) -> None:
        """What this stream's thread does. Other servers' streams are read by the threads of the client's."""
        if stream == "ask":
            plan, limits = self.model.plan, self.limits
            agreed = ms.agreed_digest(plan, self.model.setting)
            video = video_shape(self.model)
            welcome = ms.Welcome(
                plan=plan.to_json().decode(),
                setting=self.model.setting,
                agreed=agreed,
                frames=video.frames,
                selected=video.selected,
                max_images=limits.max_images,
                max_prepared=limits.max_prepared,
                max_age_s=limits.lifetime.age_s,
            )
            ms.send(channel, ms.WELCOME, welcome)
            self._reach_out(session)
        session.work.get(stream, session.wait)()

    def _reach_out(self, session: Session) -> None:
        """Open this server's own streams to the others."""
        for name, (role, stream) in outward(self.role, self.model.setting).items():
            channel = self.neighbours.dial(role, self.limits.handshake_timeout_s)
            channel.settimeout(self.limits.message_timeout_s)
            hello = ms.Hello(version=ms.VERSION, stream=stream, session=session.name, asker=session.asker)
            try:
                ms.send(channel, ms.HELLO, hello)
                session.attach(name, channel)
            except SnniError:  # the session has ended meanwhile
                channel.close()
                raise

    def _find(self, name: str, asker: str) -> Session:
        """The session of that name; made by whichever stream comes first. Raises PeerError, HandshakeError."""
        with self._lock:
            session = self._sessions.get(name)
            if session is None:
                session = self._sessions[name] = self._made(name, asker)
                self.event("session_started", session.short, -1)
            if session.asker != asker:
                raise HandshakeError("session", "the session is another client's")
            return session

    def _belongs(self, session: Session, client: str) -> None:
        """Raises PeerError: no room for another session of this client, by whatever certificate, or it has had its
        day."""
        with self._lock:
            if session.client == client:
                return
            self.budget.admit(client)
            if sum(one.client == client for one in self._sessions.values()) >= self.limits.max_sessions_per_client:
                raise PeerError("no room for another session of this client; try again later")
            session.client = client

    def _made(self, name: str, asker: str) -> Session:
        limits = self.limits
        if self._doorway.stopping or len(self._sessions) >= limits.max_sessions:
            raise PeerError("no room for another session; try again later")
        if sum(one.asker == asker for one in self._sessions.values()) >= limits.max_sessions_per_client:
            raise PeerError("no room for another session of this client; try again later")
        if isinstance(self.model, EvaluatorModel):
            return EvaluatorSession(self.model, name, asker, limits, self.event, self.budget)
        kind = DealerSession if self.role is Role.DEALER else WitnessSession
        return kind(self.model, name, asker, limits, self.event)

    def _end(self, session: Session) -> None:
        session.close()
        with self._lock:
            self._sessions.pop(session.name, None)
