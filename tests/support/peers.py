"""A real server on a free port with real TLS, and what is needed to dial it well or badly."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localsite.pki import Pki
from services.bus.identities import spiffe
from snni.model.bundle import Bundle
from snni.session.tls import Endpoint, Identity, client_context, server_context
from snni.twoparty.server_model import server_model
from snni.twoparty.session import handshake as hs
from snni.twoparty.session.client import Session, Target
from snni.twoparty.session.parameters import ServerLimits
from snni.twoparty.session.server import Server
from snni.twoparty.suite import suite_of
from snni.wire.socket_channel import SocketChannel
from tests.support.waiting import PATIENCE_S

NEVER_S = 4 * PATIENCE_S
"""Longer than any wait of a test: where a timeout of the protocol is not what is tested."""


class Peers:
    """One served model. events: (event, epoch, number) in order; errors: what ended connections."""

    def __init__(self, pki: Pki, bundle: Bundle, limits: ServerLimits, rows: NDArray[np.int8] | None = None) -> None:
        self.pki, self.bundle = pki, bundle
        self.events: list[tuple[str, str, int]] = []
        self.errors: list[Exception] = []
        self._dialled: list[SocketChannel] = []
        self.server = Server(
            server_model(bundle, selection=rows),
            server_context(self.identity("snni_server")),
            spiffe("room", "snni_client", ""),
            lambda name, epoch, number: self.events.append((name, epoch, number)),
            limits,
            lambda stream, error: self.errors.append(error),
        )
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        threading.Thread(target=self.server.serve, args=(listener,), daemon=True).start()

    def identity(self, name: str) -> Identity:
        return Identity(*self.pki.cert(name))

    def target(self, *, host: str = "127.0.0.1", port: int | None = None, server_id: str = "", **changes: object):
        """Whom a client dials; ot and comparison name its suite, identity its files, other changes are Target's own."""
        names = {name: changes.pop(name) for name in ("ot", "comparison") if name in changes}
        identity = changes.pop("identity", None) or self.identity("snni_client")
        values: dict = {
            "server": Endpoint(host, self.port if port is None else port, server_id or spiffe("edge", "snni_server")),
            "context": client_context(identity),
            "plan_hash": self.bundle.plan.plan_hash,
            "suite": suite_of(**names),
            "timeout_s": NEVER_S,
            "message_timeout_s": NEVER_S,
        }
        return Target(**(values | changes))

    @contextmanager
    def session(self, listener=lambda event, number: None, **changes: object):
        session = Session.connect(self.target(**changes), listener)
        try:
            yield session
        finally:
            session.close()

    def raw(self, identity: str = "snni_client") -> SocketChannel:
        """A verified TLS connection that has not said a word."""
        context: ssl.SSLContext = client_context(self.identity(identity))
        plain = socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)
        self._dialled.append(SocketChannel(context.wrap_socket(plain, server_hostname="localhost")))
        return self._dialled[-1]

    def hello(
        self, stream: str = "control", ticket: str = "", version: int = hs.VERSION, link: str = "loopback"
    ) -> SocketChannel:
        channel = self.raw()
        asked = {"version": version, "stream": stream, "ticket": ticket, "link": link}
        hs.send(channel, hs.HELLO, hs.Hello.model_validate(asked))
        return channel

    def close(self) -> None:
        """End the server and every connection that `raw` gave."""
        self.server.close()
        for channel in self._dialled:
            channel.close()


@contextmanager
def peers(directory: Path, pki: Pki, bundle: Bundle, rows: NDArray[np.int8] | None = None, **limits: object):
    """Serve until the block ends. limits: beside timeouts that never come. rows: of a selection, for videos."""
    timeouts = dict.fromkeys(("handshake_timeout_s", "message_timeout_s", "idle_timeout_s"), NEVER_S)
    served = Peers(pki, bundle, ServerLimits(**(timeouts | limits)), rows)
    try:
        yield served
    finally:
        served.close()
