"""Framed, ordered, typed streams between the two parties.

Frame: version u8, reserved u8 (0), tag u16, length u32, sequence u64 (little-endian), then ``length`` bytes.
Sequence counts frames of one direction from 0. A wrong version, tag, sequence or a length above the receiver's
limit is a WireError: the stream is then useless and the session ends. A closed stream is a PeerError.

Protocols alternate: a party never sends while its peer does, so blocking writes of any size cannot deadlock.
A receiver names the length it expects, so that a header cannot make it allocate more.
"""

from __future__ import annotations

import queue
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from snni.errors import PeerError, WireError

HEADER = struct.Struct("<BBHIQ")
VERSION = 1
MAX_FRAME_BYTES = 1 << 30

REFUSAL = 0x01  # payload: ASCII text, at most MAX_REFUSAL_BYTES; allowed in place of any frame, ends the stream
MAX_REFUSAL_BYTES = 512
SLOWEST_BYTES_PER_S = 1 << 16  # a frame that moves slower than this, beyond its timeout, is a stall

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
    """A channel over a connected blocking socket (TLS in production). Owns and closes it.

    One thread sends and receives; any thread may close. The descriptor is given back by whoever leaves last, never
    under a thread that is using it: the system could hand the same number to another connection meanwhile.
    """

    def __init__(self, sock: socket.socket, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._sock = sock
        self._clock = clock
        self._timeout_s = sock.gettimeout()
        self._lock = threading.Lock()
        self._users = 0
        self._closed = False

    def settimeout(self, seconds: float | None) -> None:
        """Longest wait for a frame to start, and again for it to move whole (more for long ones); then PeerError."""
        self._timeout_s = seconds

    def send(self, tag: int, payload: Payload) -> None:
        view = memoryview(payload).cast("B")
        if len(view) > MAX_FRAME_BYTES:
            raise WireError(f"refusing to send a frame of {len(view)} bytes")
        header = HEADER.pack(VERSION, 0, tag, len(view), self._out)
        with self._using():
            deadline = self._deadline(len(view))
            if len(view) < 4096:
                self._write(memoryview(header + bytes(view)), deadline)
            else:
                self._write(memoryview(header), deadline)
                self._write(view, deadline)
        self._sent(len(view))

    def recv(self, tag: int, limit: int = MAX_FRAME_BYTES) -> memoryview:
        with self._using():
            header = bytes(self._read(HEADER.size, self._deadline(0)))
            length, refusal = check_header(header, tag, self._in, limit)
            body = self._read(length, self._deadline(length))
        self._received(length)
        if refusal:
            raise refused(body)
        return body

    @contextmanager
    def _using(self) -> Iterator[None]:
        with self._lock:
            if self._closed:
                raise PeerError("the stream is closed")
            self._users += 1
        try:
            yield
        except (OSError, ValueError) as error:
            raise PeerError(f"the peer is gone: {type(error).__name__}") from error
        finally:
            with self._lock:
                self._users -= 1
                last = self._closed and self._users == 0
            if last:
                self._release()

    def _deadline(self, length: int) -> float | None:
        if self._timeout_s is None:
            return None
        return self._clock() + self._timeout_s + length / SLOWEST_BYTES_PER_S

    def _await(self, deadline: float | None) -> None:
        """Bound the next call on the socket."""
        left = None if deadline is None else deadline - self._clock()
        if left is not None and left <= 0:
            raise PeerError("the peer is too slow")
        self._sock.settimeout(left)

    def _write(self, view: memoryview, deadline: float | None) -> None:
        while view:
            self._await(deadline)
            view = view[self._sock.send(view) :]

    def _read(self, length: int, deadline: float | None) -> memoryview:
        buffer = memoryview(bytearray(length))
        done = 0
        while done < length:
            self._await(deadline)
            got = self._sock.recv_into(buffer[done:])
            if got == 0:
                raise PeerError("the peer closed the stream")
            done += got
        return buffer

    def close(self) -> None:
        """Also wakes a thread that is blocked on the socket."""
        with self._lock:
            first, self._closed = not self._closed, True
            idle = self._users == 0
        if first:
            with suppress(OSError):
                # Not the TLS socket's own shutdown: it drops the TLS layer first, and a thread that is writing
                # at that moment would go on in the clear.
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)
        if idle:
            self._release()

    def _release(self) -> None:
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
