"""A channel over a connected socket: deadlines for every frame, a close from any thread, and no two parties that write
to each other for ever: who finds the stream full takes in what has come meanwhile."""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from snni.errors import PeerError, WireError
from snni.wire.channel import Counters, Payload
from snni.wire.framing import HEADER, MAX_FRAME_BYTES, VERSION, check_header, refused

SLOWEST_BYTES_PER_S = 1 << 16  # a frame that moves slower than this, beyond its timeout, is a stall
MAX_UNREAD_BYTES = 1 << 25  # for ``most_unread``: above it the peer waits, and one that reads nothing is a stall
_PIECE = 1 << 16
_FULL = (BlockingIOError, ssl.SSLWantWriteError)


class SocketChannel(Counters):
    """A channel over a connected blocking socket (TLS in production). Owns and closes it.

    most_unread: bytes that are taken in while this end writes, where both may write at once; 0: none.
    After a frame that was not sent whole nothing more is sent: the peer would read it as the rest of that frame.

    One thread sends and receives; any thread may close. The descriptor is given back by whoever leaves last, never
    under a thread that is using it: the system could hand the same number to another connection meanwhile.
    """

    def __init__(self, sock: socket.socket, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._sock = sock
        self._clock = clock
        self._timeout_s = sock.gettimeout()
        self.most_unread = 0
        self._unread = bytearray()
        self._ended = False
        self._torn = False
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
            if self._torn:
                raise PeerError("the stream broke off in the middle of a frame")
            self._torn, deadline = True, self._deadline(len(view))
            if len(view) < 4096:
                self._write(memoryview(header + bytes(view)), deadline)
            else:
                self._write(memoryview(header), deadline)
                self._write(view, deadline)
            self._torn = False
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
        self._sock.settimeout(0.0)
        while view:
            try:
                view = view[self._sock.send(view) :]
            except _FULL:
                self._await_event(select.POLLOUT, deadline)
            except ssl.SSLWantReadError:  # TLS has half of a message of its own, and writes no more before the rest
                self._await_event(select.POLLIN, deadline)

    def _await_event(self, event: int, deadline: float | None) -> None:
        """Wait for what writing waits for, or for something to come, of which a piece is kept for `recv`."""
        left = None if deadline is None else deadline - self._clock()
        if left is not None and left <= 0:
            raise PeerError("the peer is too slow")
        reads = not self._ended and len(self._unread) < self.most_unread
        poll = select.poll()
        poll.register(self._sock.fileno(), event | (select.POLLIN if reads else 0))
        poll.poll(None if left is None else 1000 * left)
        if reads:
            with suppress(*_FULL, ssl.SSLWantReadError):
                came = self._sock.recv(_PIECE)
                self._unread += came
                self._ended = not came

    def _read(self, length: int, deadline: float | None) -> memoryview:
        buffer = memoryview(bytearray(length))
        done = min(length, len(self._unread))
        if done:
            buffer[:done] = self._unread[:done]
            del self._unread[:done]
        while done < length:
            self._await(deadline)
            got = self._sock.recv_into(buffer[done:])
            if got == 0:
                raise PeerError("the peer closed the stream")
            done += got
        return buffer

    def hung_up(self) -> bool:
        """Whether the other end sends no more, or this one is closed; what it sent before may be unread."""
        with self._lock:
            if self._closed:
                return True
            poll = select.poll()
            poll.register(self._sock.fileno(), select.POLLRDHUP)
            return bool(poll.poll(0))

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
