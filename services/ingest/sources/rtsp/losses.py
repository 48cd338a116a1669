"""Which packets of a stream may be parts of whole pictures, where datagrams get lost.

libavformat puts datagrams in order and goes on without those that never come: what it hands on then may be a picture of
which a part is missing, and of H.265 no decoder says so. It tells of it in its log alone. That is heard here, in the
thread that reads, and kept from any other log: it may quote an address with its login.

It is heard only while a stream is read. Whoever logs takes the interpreter's lock; a thread of a decoder that does so
while that decoder is freed never ends, since whoever frees it holds the lock and waits for the thread. A source's own
decoder has no such thread (frames/decoder.py); others in the process may.

A loss told while a packet is read is of that packet's picture or of the next one's, since a picture ends where another
begins. So neither of them counts, nor what follows, up to a key picture after them.
"""

from __future__ import annotations

import logging
import threading
from types import TracebackType

import av
import av.logging

MISSED = "RTP: missed"
DOUBTED = 2
"""Pictures, by their timestamps, from the one that was read when a loss was told."""


class _Heard:
    """Whether libav's log goes to Python's: from the first stream that is read to the last one's end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._streams = 0

    def begin(self) -> None:
        with self._lock:
            self._streams += 1
            logging.getLogger("libav").propagate = False
            av.logging.set_skip_repeated(False)
            av.logging.set_level(av.logging.WARNING)

    def end(self) -> None:
        with self._lock:
            self._streams -= 1
            if not self._streams:
                av.logging.set_level(None)


_heard = _Heard()


class Losses:
    """One stream, in the order of its packets. A context, of the thread that reads."""

    def __init__(self) -> None:
        self._ear = _Ear()
        self._doubted: list[int | None] | None = None

    def __enter__(self) -> Losses:
        logging.getLogger("libav").addHandler(self._ear)
        _heard.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _heard.end()
        logging.getLogger("libav").removeHandler(self._ear)

    def spare(self, packet: av.Packet) -> bool:
        """Whether nothing is known to be missing of its picture and of those that it builds upon."""
        if self._ear.told():
            self._doubted = []
        if self._doubted is None:
            return True
        if packet.pts not in self._doubted:
            if packet.is_keyframe and len(self._doubted) >= DOUBTED:
                self._doubted = None
                return True
            self._doubted = [*self._doubted, packet.pts][-DOUBTED:]
        return False


class _Ear(logging.Handler):
    """Remembers of one thread's messages only that one of them told of a loss."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread, self._missed = threading.get_ident(), False

    def emit(self, record: logging.LogRecord) -> None:
        """Called in the thread that logs."""
        if record.thread == self._thread and MISSED in record.getMessage():
            self._missed = True

    def told(self) -> bool:
        """Whether there was one since the last call."""
        found, self._missed = self._missed, False
        return found
