"""Coded pictures to the few decoded ones that are wanted, in a thread of the session's own.

One picture a period is handed out, so that the decoder is asked once a period for all that have come: each costs it
what it costs, but no hand-over between threads. Those that a newer key picture makes needless are not decoded, nor are
those that no other picture needs: the upper temporal layers of a VP8 sender, for instance.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import av

from services.ingest.frames.decoded import DecodedFrame, Moment
from services.ingest.frames.decoder import Decoder
from services.ingest.frames.sampling import Sampler
from services.ingest.sources.webrtc.video.assembly import Coded

CLOCK_HZ = 90_000
DECODERS = {"VP8": "vp8", "H264": "h264"}
MOST_WAITING = 256
"""Pictures; then they are decoded before the period is over, or the session is behind."""
MOST_WAITING_BYTES = 8 * 2**20


@dataclass(frozen=True)
class Batch:
    """Pictures in their order, the last one to be handed out. passed: the moments of those before it."""

    codec: str
    coded: tuple[Coded, ...]
    passed: tuple[Moment, ...]


FORGET = Batch("", (), ())
"""Asked for in a batch's place: hold nothing of any picture."""


@dataclass(frozen=True)
class Handlers:
    """Called in the loop. hand_out: with about one picture a period.

    broken: a picture could not be decoded. behind: more waits than may. may: whether anything may be decoded now; asked
    in the decoder's thread.
    """

    hand_out: Callable[[DecodedFrame], None]
    broken: Callable[[], None]
    behind: Callable[[], None]
    may: Callable[[], bool] = lambda: True


class Decoding:
    """One session's. Everything but the decoder runs in the loop. Ends with `close`."""

    def __init__(self, period_s: float, handlers: Handlers) -> None:
        self._sampler = Sampler(period_s)
        self._handlers = handlers
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Coded] = []
        self._bytes = 0
        self._moments: list[Moment] = []
        self._needed = 0
        """Of the moments, those up to the last picture that waits."""
        self._wanted = self._busy = self._closed = False
        self._fresh = True
        """The decoder has nothing of any picture."""
        self._asked: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="video-decoder", daemon=True).start()

    def put(self, codec: str, coded: Coded) -> None:
        """The next picture of the stream."""
        self._moments.append((coded.media / CLOCK_HZ, coded.received))
        if coded.spare and not coded.key:
            del self._moments[:-MOST_WAITING]
            return
        if coded.key:
            self._waiting.clear()
            self._bytes = 0
        self._waiting.append(coded)
        self._bytes += len(coded.data)
        self._needed = len(self._moments)
        self._wanted = self._sampler.take(coded.complete) or self._wanted
        full = len(self._waiting) >= MOST_WAITING or self._bytes >= MOST_WAITING_BYTES
        if full and self._busy:
            self._handlers.behind()
        elif full or (self._wanted and not self._busy):
            self._ask(codec)

    def forget(self) -> None:
        """Decode nothing of what waits, and hold nothing of what was decoded."""
        self._waiting, self._bytes, self._moments, self._needed = [], 0, [], 0
        self._wanted = False
        if not self._fresh:
            self._fresh = True
            self._asked.put(FORGET)

    def close(self) -> None:
        """Decode no more. The thread ends with the batch that it has."""
        self._closed = True
        self._asked.put(None)

    def _ask(self, codec: str) -> None:
        passed = tuple(self._moments[: self._needed - 1])
        self._asked.put(Batch(codec, tuple(self._waiting), passed))
        del self._moments[: self._needed]
        self._waiting, self._bytes, self._needed = [], 0, 0
        self._wanted, self._busy, self._fresh = False, True, False

    def _work(self) -> None:
        decoders: dict[str, Decoder] = {}
        while self._worked(decoders):
            continue

    def _worked(self, decoders: dict[str, Decoder]) -> bool:
        """Do what is asked next, of which nothing is held afterwards; False once there is no more. decoders: one, by
        its codec."""
        batch = self._asked.get()
        if batch is None:
            return False
        if batch is FORGET:
            for one in decoders.values():
                one.forget()
            return True
        if batch.codec not in decoders:
            decoders.clear()
        decoder = decoders.get(batch.codec)
        if decoder is None:
            decoder = decoders[batch.codec] = Decoder(DECODERS[batch.codec])
        shown, broken = _decode(decoder, batch) if self._handlers.may() else (None, True)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(self._done, batch, shown, broken)
        return True

    def _done(self, batch: Batch, shown: av.VideoFrame | None, broken: bool) -> None:
        self._busy = False
        if self._closed:
            return
        if broken:
            self._handlers.broken()
        if shown is not None:
            last = batch.coded[-1]
            media = last.media if shown.pts is None else shown.pts  # not the last one's where the sender reorders
            self._handlers.hand_out(DecodedFrame(shown, media / CLOCK_HZ, last.received, last.complete, batch.passed))
        if self._wanted and self._waiting:
            self._ask(batch.codec)


def _decode(decoder: Decoder, batch: Batch) -> tuple[av.VideoFrame | None, bool]:
    """(the newest picture of a batch, whether one is broken): none, where the last coded one is."""
    shown, broken = None, False
    for coded in batch.coded:
        packet = av.Packet(coded.data)
        packet.pts, packet.time_base = coded.media, Fraction(1, CLOCK_HZ)
        found = decoder.pictures(packet)
        broken = found is None
        if found:
            shown = found[-1]
    return (None if broken else shown), broken
