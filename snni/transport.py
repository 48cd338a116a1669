"""Framed, ordered, typed streams between the two parties.

Frame: version u8, reserved u8 (0), tag u16, length u32, sequence u64 (little-endian), then ``length`` bytes.
Sequence counts frames of one direction from 0. A wrong version, tag, sequence or a length above the receiver's
limit is a WireError: the stream is then useless and the session ends. A closed stream is a PeerError.

Protocols alternate: a party never sends while its peer does, so blocking writes of any size cannot deadlock.
"""

from __future__ import annotations

import queue
import socket
import struct
from contextlib import suppress
from typing import Protocol

from snni.errors import PeerError, WireError

HEADER = struct.Struct("<BBHIQ")
VERSION = 1
MAX_FRAME_BYTES = 1 << 30

REFUSAL = 0x01  # payload: ASCII text, at most MAX_REFUSAL_BYTES; allowed in place of any frame, ends the stream
MAX_REFUSAL_BYTES = 512

Payload = bytes | bytearray | memoryview


class Channel(Protocol):
    """What a protocol needs of a stream. Counters include headers; a flight is a change of direction."""

    @property
    def bytes_sent(self) -> int: ...
    @property
    def bytes_received(self) -> int: ...
    @property
    def flights(self) -> int: ...
    def send(self, tag: int, payload: Payload) -> None: ...
    def recv(self, tag: int, limit: int = MAX_FRAME_BYTES) -> memoryview: ...
    def close(self) -> None: ...


def check_header(header: bytes, tag: int, sequence: int, limit: int) -> tuple[int, bool]:
    """(the payload's length, whether it is a refusal), or WireError naming what is wrong."""
    version, reserved, got_tag, length, got_sequence = HEADER.unpack(header)
    if version != VERSION or reserved != 0:
        raise WireError(f"frame version {version}, expected {VERSION}")
    if got_sequence != sequence:
        raise WireError(f"frame sequence {got_sequence}, expected {sequence}: lost, reordered or replayed")
    if got_tag == REFUSAL != tag and length <= MAX_REFUSAL_BYTES:
        return length, True
    if got_tag != tag:
        raise WireError(f"frame tag {got_tag}, expected {tag}")
    if length > limit:
        raise WireError(f"frame of {length} bytes, at most {limit} allowed here")
    return int(length), False


def refused(body: memoryview) -> PeerError:
    """The error that a refusal stands for; the peer's text is cut to printable ASCII."""
    text = bytes(body).decode("ascii", "replace")
    return PeerError("the peer refused: " + "".join(c if c.isprintable() else "?" for c in text))


def refuse(channel: Channel, reason: str) -> None:
    """Tell the peer why, then close; a peer that is gone is no error here."""
    with suppress(PeerError, WireError):
        channel.send(REFUSAL, reason.encode("ascii", "replace")[:MAX_REFUSAL_BYTES])
    channel.close()


class _Counters:
    def __init__(self) -> None:
        self.bytes_sent = 0
        self.bytes_received = 0
        self.flights = 0
        self._out = 0
        self._in = 0
        self._last = ""

    def _sent(self, length: int) -> None:
        self.bytes_sent += HEADER.size + length
        self._turn("out")
        self._out += 1

    def _received(self, length: int) -> None:
        self.bytes_received += HEADER.size + length
        self._turn("in")
        self._in += 1

    def _turn(self, direction: str) -> None:
        if self._last != direction:
            self.flights += 1
            self._last = direction


class SocketChannel(_Counters):
    """A channel over a connected blocking socket (TLS in production). Owns and closes it."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self._sock = sock

    def settimeout(self, seconds: float | None) -> None:
        """Longest wait for one read or write; beyond it PeerError."""
        self._sock.settimeout(seconds)

    def send(self, tag: int, payload: Payload) -> None:
        view = memoryview(payload).cast("B")
        if len(view) > MAX_FRAME_BYTES:
            raise WireError(f"refusing to send a frame of {len(view)} bytes")
        header = HEADER.pack(VERSION, 0, tag, len(view), self._out)
        try:
            if len(view) < 4096:
                self._sock.sendall(header + bytes(view))
            else:
                self._sock.sendall(header)
                self._sock.sendall(view)
        except (OSError, ValueError) as error:
            raise PeerError(f"the peer is gone: {type(error).__name__}") from error
        self._sent(len(view))

    def recv(self, tag: int, limit: int = MAX_FRAME_BYTES) -> memoryview:
        length, refusal = check_header(bytes(self._read(HEADER.size)), tag, self._in, limit)
        body = self._read(length)
        self._received(length)
        if refusal:
            raise refused(body)
        return body

    def _read(self, length: int) -> memoryview:
        buffer = memoryview(bytearray(length))
        done = 0
        while done < length:
            try:
                got = self._sock.recv_into(buffer[done:])
            except (OSError, ValueError) as error:
                raise PeerError(f"the peer is gone: {type(error).__name__}") from error
            if got == 0:
                raise PeerError("the peer closed the stream")
            done += got
        return buffer

    def close(self) -> None:
        """Also wakes a thread that is blocked on the socket."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            self._sock.close()


class MemoryChannel(_Counters):
    """One end of an in-process pair, for two threads of a test or a bench. Same checks as a socket's."""

    def __init__(self, inbox: queue.Queue[bytes | None], outbox: queue.Queue[bytes | None], timeout_s: float) -> None:
        super().__init__()
        self._inbox = inbox
        self._outbox = outbox
        self._timeout_s = timeout_s

    def send(self, tag: int, payload: Payload) -> None:
        view = memoryview(payload).cast("B")
        self._outbox.put(HEADER.pack(VERSION, 0, tag, len(view), self._out) + bytes(view))
        self._sent(len(view))

    def recv(self, tag: int, limit: int = MAX_FRAME_BYTES) -> memoryview:
        try:
            frame = self._inbox.get(timeout=self._timeout_s)
        except queue.Empty as error:
            raise PeerError(f"nothing from the peer for {self._timeout_s} s") from error
        if frame is None:
            raise PeerError("the peer closed the stream")
        length, refusal = check_header(frame[: HEADER.size], tag, self._in, limit)
        if length != len(frame) - HEADER.size:
            raise WireError("frame length and body disagree")
        self._received(length)
        if refusal:
            raise refused(memoryview(frame)[HEADER.size :])
        return memoryview(frame)[HEADER.size :]

    def close(self) -> None:
        self._outbox.put(None)


def channel_pair(timeout_s: float = 60.0) -> tuple[MemoryChannel, MemoryChannel]:
    """Two ends of one in-process stream."""
    left: queue.Queue[bytes | None] = queue.Queue()
    right: queue.Queue[bytes | None] = queue.Queue()
    return MemoryChannel(left, right, timeout_s), MemoryChannel(right, left, timeout_s)
