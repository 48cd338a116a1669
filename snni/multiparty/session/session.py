"""One session at one server: its streams, and the work on each. Any error on any of them ends all."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import partial

from snni.errors import CorrelationError, HandshakeError, PeerError
from snni.multiparty.keys import KEY_BYTES, DealerKeys, PairKey
from snni.multiparty.model import DealerModel, EvaluatorModel, image_half, image_masks
from snni.multiparty.opening import ChannelOpening
from snni.multiparty.phases import Phase
from snni.multiparty.roles import Role
from snni.multiparty.session import messages as ms
from snni.multiparty.session.outbox import Outbox
from snni.multiparty.session.parties import Limits
from snni.multiparty.task import Evaluation, Label, Levels, Task
from snni.multiparty.video_shape import VideoShape
from snni.session.pool import Pool
from snni.wire.packing import Reader, pack, packed_bytes
from snni.wire.socket_channel import SocketChannel

Event = Callable[[str, str, int], None]
"""(event, session's short name, batch number or -1). Events: session_started, made, claimed, burnt, session_ended;
of a video also selected and scored, as they are over."""


class _Session:
    """Streams by name; ``wait`` until those needed have come together. asker: SHA-256 of the certificate that asks."""

    needed: tuple[str, ...] = ()
    prepared = 0
    running = False

    def __init__(self, name: str, asker: str, limits: Limits, event: Event) -> None:
        self.name, self.asker = name, asker
        self._limits, self._event = limits, event
        self._streams: dict[str, SocketChannel] = {}
        self._changed = threading.Condition()
        self._closed = False

    @property
    def short(self) -> str:
        """For logs: not enough to join with."""
        return self.name[:8]

    def attach(self, stream: str, channel: SocketChannel) -> None:
        """Raises HandshakeError: there is one already. PeerError: the session has ended."""
        with self._changed:
            if self._closed:
                raise PeerError("the session has ended")
            if stream in self._streams:
                raise HandshakeError("stream", f"the session has its {stream} stream")
            self._streams[stream] = channel
            self._changed.notify_all()

    def wait(self) -> dict[str, SocketChannel]:
        """All that the work needs. Raises PeerError: they did not come together in time."""
        with self._changed:
            complete = self._changed.wait_for(
                lambda: self._closed or set(self.needed) <= set(self._streams), self._limits.handshake_timeout_s
            )
            if self._closed or not complete:
                missing = [name for name in self.needed if name not in self._streams]
                raise PeerError(f"the session's streams did not come together: {', '.join(missing) or 'ended'}")
            return dict(self._streams)

    def _next(self, channel: SocketChannel, tag: int, kind: type[ms.Message], silent: bool = False) -> ms.Message:
        """What who asks says next. silent: it may say nothing here for as long as its ``ask`` stream stands."""
        channel.settimeout(None if silent else self._limits.idle_timeout_s)
        try:
            return ms.receive(channel, tag, kind)
        finally:
            channel.settimeout(self._limits.message_timeout_s)

    def close(self) -> None:
        """Ends every stream; what was prepared is burnt."""
        with self._changed:
            first, self._closed = not self._closed, True
            streams = list(self._streams.values())
            self._changed.notify_all()
        for channel in streams:
            channel.close()
        if first:
            self._event("session_ended", self.short, -1)


def task_of(model: DealerModel | EvaluatorModel, images: int, limits: Limits) -> Task:
    """What an order of so many images, or 0 for a video, asks for. Raises CorrelationError: it cannot be had here."""
    if images:
        if images > limits.max_images:
            raise CorrelationError(f"{images} images; at most {limits.max_images} together")
        return Levels(model.plan, images)
    if model.selection is None:
        raise CorrelationError("no video can be classified here: there is no share of a selection")
    return Label(video_shape(model))


def video_shape(model: DealerModel | EvaluatorModel) -> VideoShape:
    """Of the selection that the model has a share of, 0 of 0 frames where it has none."""
    if model.selection is None:
        return VideoShape(model.plan, 0, 0)
    step = model.selection.step
    return VideoShape(model.plan, model.selection.channels, step.out_channels)


class DealerSession(_Session):
    """Deals what is ordered, batch after batch."""

    needed = ("ask", "deal first", "deal second")

    def __init__(self, model: DealerModel, name: str, asker: str, limits: Limits, event: Event) -> None:
        super().__init__(name, asker, limits, event)
        self._model = model

    def serve(self) -> None:
        """Until the client leaves or an error. The session's keys are drawn here, and die here."""
        streams = self.wait()
        ask, second, plan = streams["ask"], streams["deal second"], self._model.plan
        drawn = os.urandom(KEY_BYTES), os.urandom(KEY_BYTES)
        streams["deal first"].send(ms.KEY, drawn[0])
        second.send(ms.KEY, drawn[1])
        keys, expected = DealerKeys(PairKey(drawn[0]), PairKey(drawn[1]), PairKey.fresh()), 0
        ask.send(ms.READY, b"")
        while True:
            order = self._next(ask, ms.ORDER, ms.Order)
            if order.number < 0:
                ask.send(ms.ALIVE, b"")
                continue
            if order.number != expected or len(order.seeds) != 2:
                raise CorrelationError(f"run {order.number} cannot be dealt here")
            expected += 1
            task = task_of(self._model, order.images, self._limits)
            seeds = ms.seed_of(order.seeds[0]), ms.seed_of(order.seeds[1])
            masks = image_masks(plan, seeds, task.pictures)
            ask.send(ms.MADE, pack(task.deal(self._model, keys, order.number, masks, second).reshape(-1), task.bits))
            self._event("made", self.short, order.number)


class EvaluatorSession(_Session):
    """Prepares on ``work``, evaluates on ``ask``; at the same time, each on a thread of its own.

    prepared: runs not claimed yet. running: whether one is in flight.
    """

    needed = ("ask", "work", "deal", "open in", "open out")

    def __init__(self, model: EvaluatorModel, name: str, asker: str, limits: Limits, event: Event) -> None:
        super().__init__(name, asker, limits, event)
        self._model = model
        self._prepared: Pool[tuple[Evaluation, Task]] = Pool(lambda what, number: event(what, self.short, number))
        self.running = False

    @property
    def prepared(self) -> int:  # type: ignore[override]
        return len(self._prepared)

    def close(self) -> None:
        super().close()
        self._prepared.close()

    def _phase(self, number: int, phase: Phase) -> None:
        self._event(phase, self.short, number)

    def prepare(self) -> None:
        """Take shares of what is ordered, batch after batch."""
        streams = self.wait()
        work, deal, second = streams["work"], streams["deal"], self._model.role is Role.SECOND
        key = PairKey(bytes(deal.recv(ms.KEY, KEY_BYTES)))
        work.send(ms.READY, b"")
        while True:
            order = self._next(work, ms.ORDER, ms.Order, silent=True)
            if len(order.seeds) != 1:
                raise CorrelationError(f"run {order.number} cannot be prepared here")
            if len(self._prepared) >= self._limits.max_prepared:
                raise CorrelationError(f"{self._limits.max_prepared} runs are prepared")
            task = task_of(self._model, order.images, self._limits)
            half = image_half(self._model.plan, ms.seed_of(order.seeds[0]), task.pictures)
            evaluation = task.evaluation(self._model, key, order.number, half)
            evaluation.prepare(deal if second else None)
            self._prepared.put(order.number, (evaluation, task))
            work.send(ms.MADE, b"")

    def evaluate(self) -> None:
        """Run what is asked for, each batch once."""
        streams, plan = self.wait(), self._model.plan
        ask, opening = streams["ask"], ChannelOpening(Outbox(streams["open out"]), streams["open in"])
        ask.send(ms.READY, b"")
        while True:
            number = self._next(ask, ms.RUN, ms.Run).number
            if number < 0:
                ask.send(ms.ALIVE, b"")
                continue
            _, (evaluation, task) = self._prepared.claim(number)
            self.running = True
            try:
                count = task.pictures * plan.values[plan.input].elements
                reader = Reader(ask.recv(ms.PIXELS, packed_bytes(count, plan.input_bits)))
                s = reader.words(count, plan.input_bits).reshape(task.pictures, *plan.input_shape)
                reader.end()
                results = evaluation.run(s, opening, partial(self._phase, number))
                ask.send(ms.LEVELS, pack(results.reshape(-1), task.bits))
            finally:
                self.running = False
                self._prepared.burn(number)
