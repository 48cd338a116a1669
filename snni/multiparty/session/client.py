"""Who asks: holds the images, learns the levels. One session at all servers; runs are prepared on one thread, used on
another.

What it sends is a seed to either evaluator, both to who deals, and masked pixels to the evaluators: no public-key work
but TLS, and a few milliseconds an image. Of active servers it takes results only where each is told alike by two, and
with the dealer's word that the evaluators' work was checked.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from snni.errors import ParameterError, PeerError, WireError
from snni.multiparty.model import Seeds, fresh_seeds, mask_images
from snni.multiparty.roles import EVALUATORS, Setting
from snni.multiparty.session import messages as ms
from snni.multiparty.session.connecting import ServerStreams, open_streams
from snni.multiparty.session.parties import Neighbours
from snni.multiparty.session.told_alike import told_masks, told_results
from snni.multiparty.task import Label, Levels, Task
from snni.multiparty.video_shape import VideoShape
from snni.session.lifetime import RENEWED_AT, Lifetime
from snni.session.pool import Listener, Pool
from snni.wire.packing import U32, pack

TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Prepared:
    """A run made ahead: the seeds of its pictures' masks, and its results' masks. Used once."""

    number: int
    task: Task
    seeds: Seeds = field(repr=False)
    masks: U32 = field(repr=False)
    seconds: float


@dataclass(frozen=True)
class Answer:
    """results: levels [N] or a label [1], somebody's: not for logs. number: the run's. seconds: from pixels to results;
    ahead_s: of its preparation. bytes: of this client, both ways."""

    results: tuple[int, ...] = field(repr=False)
    number: int
    seconds: float
    bytes: int
    ahead_s: float


class AskingSession:
    """``prepare`` ahead, ``run`` with images. Any error ends the session: ``close`` it and connect again.

    timeout_s: longest wait for a server, for each image that goes through the network meanwhile; while a run is
    prepared it is waited for as long as servers get on (progress.py).
    """

    def __init__(self, streams: ServerStreams, listener: Listener, began: float) -> None:
        """began: before any server knew of it, by time.monotonic()."""
        self._streams = streams
        self.name, self.plan, self.setting = streams.name, streams.plan, streams.setting
        self.max_images, self.max_prepared = streams.limits.max_images, streams.limits.max_prepared
        frames, selected = streams.limits.frames, streams.limits.selected
        self.video = VideoShape(streams.plan, frames, selected) if frames else None
        self._began = began
        self._lifetimes = Lifetime(), Lifetime(age_s=streams.limits.max_age_s)
        self._number = 0
        self._prepared: Pool[Prepared] = Pool(listener)
        self._bulk, self._live = threading.Lock(), threading.Lock()
        self._answered, self._running = threading.Condition(), False
        self._ended = threading.Event()

    @classmethod
    def connect(
        cls,
        servers: Neighbours,
        plan_hash: str,
        listener: Listener = lambda event, number: None,
        timeout_s: float = TIMEOUT_S,
        setting: Setting = Setting.THREE_PASSIVE,
    ) -> AskingSession:
        """A session with all of them. plan_hash: of the plan that every server must show. listener: told of each run's
        end as a pool's. setting: that every server must be of.

        Raises PeerError: one is not there or refuses. HandshakeError: one is another, or has another plan or setting.
        """
        began = time.monotonic()
        return cls(open_streams(servers, plan_hash, setting, timeout_s), listener, began)

    @property
    def ready(self) -> int:
        """Batches prepared."""
        return len(self._prepared)

    def prepare(self, images: int = 1) -> Prepared:
        """Make a run for so many images ahead of time. Raises ParameterError, PeerError, WireError."""
        if not 1 <= images <= self.max_images:
            raise ParameterError(f"{images} images together; these servers take 1 to {self.max_images}")
        return self._ordered(Levels(self.plan, images), images)

    def prepare_video(self) -> Prepared:
        """Make a run for a video ahead of time. Raises ParameterError: these servers have no share of a selection."""
        if self.video is None:
            raise ParameterError("these servers have no share of a selection, and classify no video")
        return self._ordered(Label(self.video), 0)

    def _ordered(self, task: Task, images: int) -> Prepared:
        self._await_room()
        with self._bulk, self._ending():
            return self._made(task, images)

    def _await_room(self) -> None:
        """A server holds a run until it has heard that it is begun, and refuses one more than it has room for: until a
        run is answered it counts as prepared."""
        with self._answered:
            self._answered.wait_for(lambda: not self._running or self.ended or self.ready + 1 < self.max_prepared)

    def _made(self, task: Task, images: int) -> Prepared:
        started, seeds, number = time.perf_counter(), fresh_seeds(), self._number
        self._number += 1
        texts = seeds[0].hex(), seeds[1].hex()
        for channel in self._streams.dealing:
            ms.send(channel, ms.ORDER, ms.Order(number=number, images=images, seeds=texts))
        for role, text in zip(EVALUATORS, texts, strict=True):
            ms.send(self._streams.works[role], ms.ORDER, ms.Order(number=number, images=images, seeds=(text,)))
        makers = self._streams.makers
        masks = told_masks(makers, task, self.setting)
        self._streams.wait_as_usual(makers)
        prepared = Prepared(number, task, seeds, masks, time.perf_counter() - started)
        self._prepared.put(number, prepared)
        return prepared

    def run(self, pictures: NDArray[np.uint8]) -> Answer:
        """Results of uint8 [N, C, H, W], N as the oldest prepared run's, which is used up whatever comes then.

        Raises CorrelationError: none is prepared. ParameterError: another shape, or other than N (nothing is used up).
        WireError: what was opened is no result.
        """
        if pictures.dtype != np.uint8 or pictures.shape[1:] != self.plan.input_shape:
            raise ParameterError(f"pictures {pictures.dtype} {pictures.shape}, not uint8 {self.plan.input_shape} each")
        with self._live, self._ending(), self._begun():
            wanted = self._prepared.oldest().task.pictures
            if len(pictures) != wanted:  # before the claim: servers would keep a run that only this end had burnt
                raise ParameterError(f"{len(pictures)} pictures, the run takes {wanted}")
            number, prepared = self._prepared.claim()
            try:
                return self._evaluated(prepared, pictures)
            except (PeerError, WireError) as error:
                error.image_used = True
                raise
            finally:
                self._prepared.burn(number)

    @contextmanager
    def _begun(self) -> Iterator[None]:
        """A run that servers may not have heard of yet."""
        self._running = True
        try:
            yield
        finally:
            with self._answered:
                self._running = False
                self._answered.notify_all()

    def _evaluated(self, prepared: Prepared, pictures: NDArray[np.uint8]) -> Answer:
        started, before = time.perf_counter(), self._streams.bytes
        pixels = pack(mask_images(self.plan, pictures, prepared.seeds).reshape(-1), self.plan.input_bits)
        for role in EVALUATORS:
            ms.send(self._streams.asks[role], ms.RUN, ms.Run(number=prepared.number))
            self._streams.asks[role].send(ms.PIXELS, pixels)
        results = self._opened(prepared)
        seconds, sent = time.perf_counter() - started, self._streams.bytes - before
        return Answer(results, prepared.number, seconds, sent, prepared.seconds)

    @property
    def spent(self) -> bool:
        """Whether its successor should be made: by its age alone, since no key here serves more the more runs there
        were."""
        age_s = time.monotonic() - self._began
        return any(one.spent(age_s, 0, RENEWED_AT) for one in self._lifetimes)

    @property
    def over(self) -> bool:
        """Whether the servers' lifetime for it has passed: what ends it then is no break."""
        return self._lifetimes[1].spent(time.monotonic() - self._began, 0)

    @property
    def ended(self) -> bool:
        """Whether it must be made anew."""
        return self._ended.is_set()

    def keep_alive(self) -> None:
        """Tell every server that is not at work for this client that it is still there. Raises PeerError."""
        if self._bulk.acquire(blocking=False):
            try:
                with self._ending():
                    for channel in self._streams.dealing:
                        ms.send(channel, ms.ORDER, ms.Order(number=-1))
                        channel.recv(ms.ALIVE, limit=0)
            finally:
                self._bulk.release()
        if self._live.acquire(blocking=False):
            try:
                with self._ending():
                    for role in EVALUATORS:
                        ms.send(self._streams.asks[role], ms.RUN, ms.Run(number=-1))
                    for role in EVALUATORS:
                        self._streams.asks[role].recv(ms.ALIVE, limit=0)
            finally:
                self._live.release()

    def close(self) -> None:
        """End the session everywhere; what was prepared is burnt."""
        self._ended.set()
        with self._answered:
            self._answered.notify_all()
        self._prepared.close()
        self._streams.close()

    @contextmanager
    def _ending(self) -> Iterator[None]:
        """A peer that fails or is not understood ends the session."""
        try:
            yield
        except (PeerError, WireError):
            self.close()
            raise

    def _opened(self, prepared: Prepared) -> tuple[int, ...]:
        task = prepared.task
        with self._streams.patient(task.images):
            return told_results(self._streams.asks, self._streams.verdicts, task, prepared.masks, prepared.number)
