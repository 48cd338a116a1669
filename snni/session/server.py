"""The server's end: one listening socket, any number of sessions, a thread for each connection.

A hostile or broken client ends its own session with a typed error and takes nothing from the others: what it can make
the server hold is bounded by ServerLimits, what it sends is checked before use.
"""

from __future__ import annotations

import hmac
import os
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from snni.errors import CorrelationError, HandshakeError, PeerError, SnniError, WireError
from snni.frame_server import ServerFrame, ServerModel
from snni.linear.server import ServerLinear
from snni.offline import convolutions, layout, offline_server
from snni.ot import Direction, OtReceiver, OtSender
from snni.profile import Profile
from snni.session import handshake as hs
from snni.session.parameters import OT_PARAMS, ServerLimits, agreement
from snni.session.pool import Pool
from snni.session.priority import BulkChannel, LiveFirst
from snni.session.tls import check_peer
from snni.shares import U32
from snni.transport import Channel, SocketChannel, refuse

Event = Callable[[str, str, int], None]
"""(event, epoch, correlation number); see parameters.Listener. Also session_started, session_ended with number -1."""


class ServedSession:
    """What the server holds for one client."""

    def __init__(self, model: ServerModel, limits: ServerLimits, scores: bool, peer: bytes, event: Event) -> None:
        self.epoch = os.urandom(16).hex()
        self.ticket = os.urandom(32).hex()
        self.peer = peer
        self.scores = scores
        self.online = Profile()
        self.offline = Profile()
        self._model = model
        self._limits = limits
        self._event = event
        self._linear: dict[int, dict[str, ServerLinear]] = {}
        self._waiting: list[dict[str, U32]] = []
        self._next_linear = self._next_nonlinear = 0
        self.pool: Pool[ServerFrame] = Pool(lambda name, number: event(name, self.epoch, number))
        self._channels: list[Channel] = []
        self.public_key = b""
        self.stored_bytes = 0

    def attach(self, channel: Channel) -> None:
        self._channels.append(channel)

    def serve_bulk(self, channel: Channel, priority: LiveFirst) -> NoReturn:
        """Base OTs, then requests until the client leaves."""
        bulk = BulkChannel(channel, priority)
        sender = OtSender(bulk, Direction.S_SENDS, OT_PARAMS)
        sender.setup()
        receiver = OtReceiver(bulk, Direction.C_SENDS, OT_PARAMS)
        receiver.setup()
        while True:
            request = hs.receive(bulk, hs.REQUEST, hs.Request, hs.MAX_HELLO_BYTES)
            self._event(f"{request.kind}_started", self.epoch, request.number)
            if request.kind == "linear":
                self._make_linear(bulk, request)
            else:
                self._make_nonlinear(bulk, request, sender, receiver)
            bulk.send(hs.DONE, b"")

    def _make_linear(self, bulk: Channel, request: hs.Request) -> None:
        if request.number != self._next_linear or request.count > self._limits.max_batch or self._waiting:
            raise WireError("linear work out of order, or more than the limit")
        linear = self._linear_for(request.count)
        self._waiting = offline_server(bulk, self._model.plan, linear, request.count, self.offline)
        self._next_linear += request.count
        self._event("linear_made", self.epoch, request.number)

    def _make_nonlinear(self, bulk: Channel, request: hs.Request, sender: OtSender, receiver: OtReceiver) -> None:
        if request.number != self._next_nonlinear or not self._waiting:
            raise WireError("nonlinear work out of order")
        if len(self.pool) > self._limits.max_prepared:  # one more: the client may have claimed before we heard of it
            raise WireError("more prepared inferences than the limit")
        frame = ServerFrame(self._model, self._waiting.pop(0), scores=self.scores)
        with self.offline.step("ot", bulk):
            frame.prepare(bulk, sender, receiver)
        self._next_nonlinear += 1
        self.stored_bytes = frame.stored_bytes
        self.pool.put(request.number, frame)

    def _linear_for(self, count: int) -> dict[str, ServerLinear]:
        if count not in self._linear:
            model = self._model
            self._linear[count] = {
                step.name: ServerLinear(
                    layout(model.geometries[step.name], count), self.public_key, model.weights[step.name]
                )
                for step in convolutions(model.plan)
            }
        return self._linear[count]

    def serve_live(self, channel: Channel, priority: LiveFirst) -> NoReturn:
        """Claims and inferences until the client leaves."""
        while True:
            claim = hs.receive(channel, hs.CLAIM, hs.Claim, hs.MAX_HELLO_BYTES)
            number, frame = self.pool.claim(claim.number)
            try:
                with priority.live():
                    channel.send(hs.CLAIMED, b"")
                    self._event("online", self.epoch, number)
                    frame.run(channel, self.online)
            finally:
                self.pool.burn(number)

    def close(self) -> None:
        self.pool.close()
        self._waiting = []
        for channel in self._channels:
            channel.close()


def describe(error: Exception) -> str:
    """What a client may be told: our own errors hold no secret, others' texts are not passed on."""
    return f"{type(error).__name__}: {error}" if isinstance(error, SnniError) else "bad message"


@dataclass
class Server:
    """Serves one model. client_ids: the SPIFFE id or prefix (ending in '/') that clients must show."""

    model: ServerModel
    context: ssl.SSLContext
    client_ids: str
    event: Event
    limits: ServerLimits = field(default_factory=ServerLimits)
    on_error: Callable[[str, Exception], None] = lambda stream, error: None

    def __post_init__(self) -> None:
        self._sessions: dict[str, ServedSession] = {}
        self._lock = threading.Lock()
        self._priority = LiveFirst()
        self._stopping = False
        self._listener: socket.socket | None = None

    @property
    def sessions(self) -> list[ServedSession]:
        with self._lock:
            return list(self._sessions.values())

    def wait_idle(self, timeout_s: float) -> bool:
        """Whether no inference is in flight, waiting for that at most timeout_s."""
        return self._priority.wait_idle(timeout_s)

    def serve(self, listener: socket.socket) -> None:
        """Accept until ``close``. Blocking; every connection gets a thread."""
        self._listener = listener
        while not self._stopping:
            try:
                raw, _ = listener.accept()
            except OSError:
                if self._stopping:
                    return
                raise
            threading.Thread(target=self._connection, args=(raw,), name="snni-connection", daemon=True).start()

    def drain(self) -> None:
        """Take no new sessions; those there go on."""
        self._stopping = True
        if self._listener is not None:
            SocketChannel(self._listener).close()

    def close(self) -> None:
        """Drain, and end every session."""
        self.drain()
        for session in self.sessions:
            session.close()

    def _connection(self, raw: socket.socket) -> None:
        stream = "connection"
        try:
            raw.settimeout(self.limits.handshake_timeout_s)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            sock = self.context.wrap_socket(raw, server_side=True)
        except (OSError, ValueError) as error:
            raw.close()
            self.on_error(stream, HandshakeError("certificate", f"TLS refused: {getattr(error, 'reason', error)}"))
            return
        channel = SocketChannel(sock)
        try:
            check_peer(sock, self.client_ids)
            hello = hs.receive(channel, hs.HELLO, hs.Hello, hs.MAX_HELLO_BYTES)
            stream = hello.stream
            hs.check_version(hello.version)
            self._dispatch(hello, channel, sock.getpeercert(binary_form=True) or b"")
        except (SnniError, ValueError, OSError) as error:
            self.on_error(stream, error)
            refuse(channel, describe(error))
        finally:
            channel.close()

    def _dispatch(self, hello: hs.Hello, channel: SocketChannel, peer: bytes) -> None:
        if hello.stream == "control":
            self._control(hello, channel, peer)
            return
        session = self._find(hello.ticket, peer)
        session.attach(channel)
        channel.send(hs.READY, b"")
        channel.settimeout(None if hello.stream == "live" else self.limits.message_timeout_s)
        try:
            if hello.stream == "live":
                session.serve_live(channel, self._priority)
            channel.settimeout(None)
            session.serve_bulk(channel, self._priority)
        except SnniError as error:
            refuse(channel, describe(error))  # while the stream still stands
            raise
        finally:
            session.close()

    def _control(self, hello: hs.Hello, channel: SocketChannel, peer: bytes) -> None:
        if hello.scores and not self.limits.allow_scores:
            raise HandshakeError("scores", "this server reveals levels only")
        session = ServedSession(self.model, self.limits, hello.scores, peer, self.event)
        with self._lock:
            if self._stopping or len(self._sessions) >= self.limits.max_sessions:
                raise PeerError("no room for another session; try again later")
            self._sessions[session.ticket] = session
        self.event("session_started", session.epoch, -1)
        try:
            self._agree(session, channel)
            session.attach(channel)
            channel.settimeout(self.limits.idle_timeout_s)
            while True:
                channel.recv(hs.PING, limit=0)
                channel.send(hs.PONG, b"")
        finally:
            session.close()
            with self._lock:
                self._sessions.pop(session.ticket, None)
            self.event("session_ended", session.epoch, -1)

    def _agree(self, session: ServedSession, channel: Channel) -> None:
        plan = self.model.plan
        agreed = agreement(plan, scores=session.scores)
        hs.send(
            channel,
            hs.WELCOME,
            hs.Welcome(
                plan=plan.to_json().decode(),
                epoch=session.epoch,
                ticket=session.ticket,
                agreed=agreed,
                max_batch=self.limits.max_batch,
                max_prepared=self.limits.max_prepared,
            ),
        )
        if hs.receive(channel, hs.ACCEPT, hs.Accept, hs.MAX_HELLO_BYTES).agreed != agreed:
            raise HandshakeError("parameters", "the parties' protocol parameters differ")
        session.public_key = bytes(channel.recv(hs.PUBLIC_KEY, limit=1 << 20))
        channel.send(hs.READY, b"")

    def _find(self, ticket: str, peer: bytes) -> ServedSession:
        """The session that handed out the ticket, if the same client asks."""
        for session in self.sessions:
            if hmac.compare_digest(session.ticket, ticket) and session.peer == peer:
                return session
        raise CorrelationError("no session for this ticket and certificate")
