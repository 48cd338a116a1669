"""A server's listening socket, in every suite: TLS, a thread and a slot for each connection, whatever it then says.

What happens to accept, to threads or to one connection's handshake ends no other connection and not the server.
"""

from __future__ import annotations

import errno
import socket
import ssl
import threading
from collections.abc import Callable

from snni.errors import HandshakeError, PeerError
from snni.session.handshake_slots import HandshakeSlot, HandshakeSlots
from snni.session.tls import tune
from snni.wire.socket_channel import SocketChannel

PASSING = {
    errno.ECONNABORTED,
    errno.EPROTO,
    errno.EINTR,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOBUFS,
    errno.ENOMEM,
    errno.EPERM,
}
"""accept(2): the connection or the machine's means are short, the listening socket is sound."""
ACCEPT_PAUSE_S = 0.1

Converse = Callable[[SocketChannel, ssl.SSLSocket, HandshakeSlot], None]
"""What a verified connection is for, to its end; it closes the channel. The slot is given back once it belongs to a
session, at the latest when this returns."""


class Doorway:
    """``serve`` on a thread of its own, until ``drain``."""

    def __init__(
        self,
        context: ssl.SSLContext,
        slots: HandshakeSlots,
        handshake_timeout_s: float,
        converse: Converse,
        on_error: Callable[[str, Exception], None],
    ) -> None:
        """slots: of connections without a session. on_error: told where and what, of connections that come to nothing.

        handshake_timeout_s: for TLS, and as the channel's until ``converse`` sets another.
        """
        self._context = context
        self._slots = slots
        self._timeout_s = handshake_timeout_s
        self._converse = converse
        self._on_error = on_error
        self._stopping = threading.Event()
        self._listener: socket.socket | None = None

    @property
    def stopping(self) -> bool:
        """Whether it lets nobody in any more."""
        return self._stopping.is_set()

    def serve(self, listener: socket.socket) -> None:
        """Accept until ``drain``. Blocking. Raises OSError: the listening socket is broken."""
        self._listener = listener
        while not self._stopping.is_set():
            try:
                raw, address = listener.accept()
            except OSError as error:
                if self._stopping.is_set():
                    return
                if error.errno not in PASSING:
                    raise
                self._on_error("accept", error)
                self._stopping.wait(ACCEPT_PAUSE_S)
                continue
            self._admit(raw, str(address[0]))

    def _admit(self, raw: socket.socket, address: str) -> None:
        try:
            slot = self._slots.take(address)
        except PeerError as error:
            raw.close()
            self._on_error("accept", error)
            return
        try:
            threading.Thread(target=self._connection, args=(raw, slot), name="snni-connection", daemon=True).start()
        except RuntimeError as error:  # no more threads
            slot.release()  # first: whoever sees the end of it finds a place again
            raw.close()
            self._on_error("accept", error)

    def drain(self) -> None:
        """Let nobody in any more; who is in stays."""
        self._stopping.set()
        if self._listener is not None:
            SocketChannel(self._listener).close()

    def _connection(self, raw: socket.socket, slot: HandshakeSlot) -> None:
        try:
            sock = self._secure(raw)
            if sock is not None:
                self._converse(SocketChannel(sock), sock, slot)
        finally:
            slot.release()

    def _secure(self, raw: socket.socket) -> ssl.SSLSocket | None:
        try:
            raw.settimeout(self._timeout_s)
            tune(raw)
            return self._context.wrap_socket(raw, server_side=True)
        except (OSError, ValueError) as error:
            raw.close()
            reason = getattr(error, "reason", None) or type(error).__name__
            self._on_error("connection", HandshakeError("certificate", f"TLS refused: {reason}"))
            return None
