"""Which packets of a stream may be parts of whole pictures, where datagrams get lost.

libavformat puts datagrams in order and goes on without those that never come: what it hands on then may be a picture of
which a part is missing, and of H.265 no decoder says so. It tells of it in its log alone. That is heard here, in the
thread that reads, and kept from any other log: it may quote an address with its login.

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


class Losses:
    """One stream, in the order of its packets. A context, of the thread that reads."""

    def __init__(self) -> None:
        self._ear = _Ear()
        self._doubted: list[int | None] | None = None

    def __enter__(self) -> Losses:
        libav = logging.getLogger("libav")
        libav.propagate = False
        libav.addHandler(self._ear)
        av.logging.set_skip_repeated(False)
        av.logging.set_level(av.logging.WARNING)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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
