"""A party that follows the protocol but for one frame: a relay with both parties' valid certificates between real ends.

Towards the server it is a client, towards the client a server, over TLS both ways. It passes frames on as they are and
departs from the protocol once, at a given frame of a given stream and direction.
"""

from __future__ import annotations

import json
import random
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from snni.session.tls import Identity, client_context, server_context
from snni.wire.framing import HEADER, REFUSAL, VERSION
from tests.support.spoil import spoil, spoil_json
from tests.support.waiting import PATIENCE_S

TO_SERVER, TO_CLIENT = "to server", "to client"
KINDS = [
    *("flip header", "flip body", "cut", "shorten", "lengthen", "claim more", "duplicate", "replay", "stale", "swap"),
    *("skip a number", "insert", "wrong tag", "refuse", "zeros", "noise", "spoil", "drip", "fall silent", "vanish"),
]
HARMLESS = {"swap", "drip"}  # where nothing follows to swap with, or the drip ends in time, the frame arrives unchanged


@dataclass(frozen=True)
class State:
    """One frame of a session: the index-th of its direction on its stream, from 0."""

    stream: str
    direction: str
    index: int
    tag: int


@dataclass(frozen=True)
class Deviation:
    """Where and how; the seed decides the rest."""

    state: State
    kind: str
    seed: int


class _Gone(Exception):
    """A connection is at its end."""


def read_frame(sock: ssl.SSLSocket) -> bytes:
    frame = _read(sock, HEADER.size)
    return frame + _read(sock, HEADER.unpack(frame)[3])


def _read(sock: ssl.SSLSocket, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        got = sock.recv(min(1 << 16, length - len(data)))
        if not got:
            raise _Gone
        data += got
    return bytes(data)


class Relay:
    """Listens, relays every connection to the server, departs once. seen: the states in the order of their frames."""

    def __init__(self, server: Identity, client: Identity, port: int, deviation: Deviation | None = None) -> None:
        self.seen: list[State] = []
        self.departed = threading.Event()
        self._towards_client, self._towards_server = server_context(server), client_context(client)
        self._to = port
        self._deviation = deviation
        self._stopped = threading.Event()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)

    def _start(self, target, *arguments) -> None:
        self._threads.append(threading.Thread(target=target, args=arguments, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        with suppress(OSError, _Gone):
            while True:
                raw, _ = self._listener.accept()
                self._sockets.append(raw)
                client = self._towards_client.wrap_socket(raw, server_side=True)
                outgoing = socket.create_connection(("127.0.0.1", self._to), PATIENCE_S)
                server = self._towards_server.wrap_socket(outgoing, server_hostname="localhost")
                self._sockets += [client, server]
                for sock in (client, server):
                    sock.settimeout(None)
                hello = read_frame(client)
                stream = json.loads(hello[HEADER.size :])["stream"]
                self._start(self._pump, client, server, stream, TO_SERVER, hello)
                self._start(self._pump, server, client, stream, TO_CLIENT, b"")

    def _pump(self, source: ssl.SSLSocket, sink: ssl.SSLSocket, stream: str, direction: str, frame: bytes) -> None:
        earlier: list[bytes] = []
        with suppress(OSError, ValueError, _Gone):
            while True:
                frame = frame or read_frame(source)
                state = State(stream, direction, len(earlier), HEADER.unpack_from(frame)[2])
                self.seen.append(state)
                if self._deviation is not None and state == self._deviation.state:
                    self._depart(self._deviation, source, sink, frame, earlier)
                else:
                    sink.sendall(frame)
                earlier.append(frame)
                frame = b""
        for sock in (source, sink):
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _depart(
        self, how: Deviation, source: ssl.SSLSocket, sink: ssl.SSLSocket, frame: bytes, earlier: list[bytes]
    ) -> None:
        """Raises _Gone where the connection ends with it."""
        rng = random.Random(how.seed)
        self.departed.set()
        if how.kind == "cut":
            sink.sendall(frame[: rng.randrange(len(frame))])
            raise _Gone
        if how.kind == "vanish":
            raise _Gone
        if how.kind == "fall silent":
            self._stopped.wait()
            raise _Gone
        if how.kind == "drip":
            for at in range(len(frame)):
                sink.sendall(frame[at : at + 1])
                if self._stopped.wait(0.05 if at < 100 else 1.0):
                    raise _Gone
            return
        if how.kind == "swap":
            readable = source.pending() or select.select([source], [], [], 0.2)[0]
            sink.sendall((read_frame(source) if readable else b"") + frame)
            return
        sink.sendall(b"".join(spoilt_frames(how.kind, rng, frame, earlier)))

    def close(self) -> None:
        """Ends every connection and waits for the threads."""
        self._stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._sockets:
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive(), "a relay's thread hangs"
        for sock in self._sockets:
            with suppress(OSError):
                sock.close()


def framed(tag: int, sequence: int, body: bytes, length: int | None = None) -> bytes:
    return HEADER.pack(VERSION, 0, tag, len(body) if length is None else length, sequence) + body


def spoilt_frames(kind: str, rng: random.Random, frame: bytes, earlier: list[bytes]) -> Iterator[bytes]:
    """What is sent in the frame's place."""
    _, _, tag, _, sequence = HEADER.unpack_from(frame)
    body = frame[HEADER.size :]
    if kind in ("flip header", "flip body"):
        at = rng.randrange(HEADER.size) if kind == "flip header" or not body else rng.randrange(HEADER.size, len(frame))
        yield frame[:at] + bytes([frame[at] ^ (1 << rng.randrange(8))]) + frame[at + 1 :]
    elif kind == "shorten":
        yield framed(tag, sequence, body[: rng.randrange(len(body))] if body else b"\0")
    elif kind == "lengthen":
        yield framed(tag, sequence, body + rng.randbytes(rng.choice([1, 16, 4096])))
    elif kind == "claim more":
        yield framed(tag, sequence, body, rng.choice([1 << 20, 1 << 29, (1 << 32) - 1]))
    elif kind == "duplicate":
        yield frame
        yield frame if rng.random() < 0.5 else framed(tag, sequence + 1, body)
    elif kind == "replay":
        yield rng.choice([*earlier, frame + frame])
    elif kind == "stale":
        yield framed(tag, sequence, (rng.choice(earlier) if earlier else frame)[HEADER.size :] + b"\0" * (not earlier))
    elif kind == "skip a number":
        yield framed(tag, sequence + rng.choice([1, 2, 1 << 32]), body)
    elif kind == "insert":
        yield framed(rng.randrange(80), sequence, rng.randbytes(rng.choice([0, 5, 500])))
        yield framed(tag, sequence + 1, body)
    elif kind == "wrong tag":
        yield framed(tag + rng.choice([1, -1, 7]), sequence, body)
    elif kind == "refuse":
        yield framed(REFUSAL, sequence, rng.randbytes(rng.choice([0, 20, 512, 513])))
    elif kind == "zeros":
        yield framed(tag, sequence, bytes(len(body)))
    elif kind == "noise":
        yield framed(tag, sequence, rng.randbytes(len(body)))
    else:
        spoilt = spoil_json(rng, body) if body.startswith(b"{") else spoil(rng, body)
        yield framed(tag, sequence, spoilt)


@contextmanager
def relayed(server: Identity, client: Identity, port: int, deviation: Deviation | None = None) -> Iterator[Relay]:
    relay = Relay(server, client, port, deviation)
    try:
        yield relay
    finally:
        relay.close()
