"""A session at an evaluator: runs are prepared on ``work`` and evaluated on ``ask``, at the same time."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from functools import partial
from itertools import count

from snni.errors import CorrelationError
from snni.multiparty.check.opening import CheckedOpening
from snni.multiparty.check.transcript import Transcript
from snni.multiparty.keys import KEY_BYTES, PairKey
from snni.multiparty.model import EvaluatorModel, image_half
from snni.multiparty.opening import ChannelOpening
from snni.multiparty.phases import Phase
from snni.multiparty.prove.ends import Ends
from snni.multiparty.roles import Role
from snni.multiparty.session import messages as ms
from snni.multiparty.session.outbox import Outbox
from snni.multiparty.session.parties import Limits
from snni.multiparty.session.progress import tell_made, telling
from snni.multiparty.session.session import Event, Session, task_of
from snni.multiparty.session.streams import came, to
from snni.multiparty.task import Evaluation, Task
from snni.ring.arithmetic import reduce
from snni.session.budget import InferenceBudget
from snni.session.pool import Pool
from snni.wire.packing import U32, Reader, pack, packed_bytes
from snni.wire.socket_channel import SocketChannel

Streams = dict[str, SocketChannel]


class EvaluatorSession(Session):
    """prepared: runs not claimed yet. running: whether one is in flight. budget: of all clients; each result of a run
    is an inference, as is a video's label."""

    def __init__(
        self, model: EvaluatorModel, name: str, asker: str, limits: Limits, event: Event, budget: InferenceBudget
    ) -> None:
        super().__init__(model, name, asker, limits, event)
        self._budget = budget
        self._model = model
        self._other = Role.SECOND if model.role is Role.FIRST else Role.FIRST
        self._prepared: Pool[tuple[Evaluation, Task]] = Pool(lambda what, number: event(what, self.short, number))
        self._common: PairKey | None = None
        self.work = {"ask": self.evaluate, "work": self.prepare}
        self.running = False
        self._answering = False  # a run whose results who asks may not have read yet

    @property
    def prepared(self) -> int:  # type: ignore[override]
        return len(self._prepared)

    def close(self) -> None:
        super().close()
        self._prepared.close()

    def _phase(self, number: int, phase: Phase) -> None:
        self._event(phase, self.short, number)

    def prepare(self) -> None:
        """Take shares of what is ordered, run after run."""
        streams = self.wait()
        work, deal = streams["work"], streams[came("deal", Role.DEALER)]
        (key,) = ms.keys_of(deal)
        if self._model.setting.proved:
            self._common = self._agreed(streams)
        work.send(ms.READY, b"")
        others = [streams[name] for name in streams if name.startswith(("deal", "prove", "witness"))]
        for expected in count():  # of one number, the keys give one run's masks
            order = self.next_of(work, ms.ORDER, ms.Order, silent=True)
            if order.number != expected or len(order.seeds) != 1:
                raise CorrelationError(f"run {order.number} cannot be prepared here")
            if len(self._prepared) >= self._limits.max_prepared:
                raise CorrelationError(f"{self._limits.max_prepared} runs are prepared")
            task, seed = task_of(self._model, order.images, self._limits), ms.seed_of(order.seeds[0])
            if not self._answering:  # the last of the day is not cut off by what is ordered beside it
                self._budget.check(self.client, task.results)
            self._budget.order(self.client, task.results)
            half = image_half(self._model.plan, seed, task.pictures)
            with telling(work, others, self.close):
                if self._model.setting.proved:
                    evaluation, told = self._prove(streams, task, PairKey(key), order.number, half)
                else:
                    transcript = Transcript(key, order.number, order.images, seed, deal)
                    evaluation = task.evaluation(self._model, PairKey(key), order.number, half)
                    told = self._take(streams, evaluation, transcript)
            self._prepared.put(order.number, (evaluation, task))
            tell_made(work, told)

    def _take(self, streams: Streams, evaluation: Evaluation, transcript: Transcript) -> bytes:
        """What is dealt; of four servers, what dealer and witness deal alike. Nothing is told to who asks."""
        second = self._model.role is Role.SECOND
        if self._model.setting.witnessed:
            evaluation.prepare(transcript if second else None)
            transcript.check(streams[came("witness", Role.WITNESS)])
        else:
            evaluation.prepare(streams[came("deal", Role.DEALER)] if second else None)
        return b""

    def _prove(self, streams: Streams, task: Task, key: PairKey, number: int, half: U32) -> tuple[Evaluation, bytes]:
        """Take what is dealt and see it proved. Told is this evaluator's half of the results' masks."""
        evaluation = task.proved_evaluation(self._model, key, number, half)
        keys = {Role.DEALER: key, self._other: self._known_common}
        channels = {Role.DEALER: streams[came("deal", Role.DEALER)], self._other: self._between(streams)}
        mask = evaluation.prepare_proved(Ends(self._model.role, keys, channels))
        return evaluation, pack(reduce(mask.reshape(-1), task.bits), task.bits)

    def _between(self, streams: Streams) -> SocketChannel:
        """The stream that both evaluators prove on."""
        first = self._model.role is Role.FIRST
        return streams[to("prove", Role.SECOND) if first else came("prove", Role.FIRST)]

    def _agreed(self, streams: Streams) -> PairKey:
        """The evaluators' own key: drawn by the first."""
        channel = self._between(streams)
        if self._model.role is Role.SECOND:
            return PairKey(*ms.keys_of(channel))
        common = os.urandom(KEY_BYTES)
        channel.send(ms.KEY, common)
        return PairKey(common)

    @property
    def _known_common(self) -> PairKey:
        if self._common is None:
            raise CorrelationError("the evaluators have no common key yet")
        return self._common

    def evaluate(self) -> None:
        """Run what is asked for, each batch once."""
        streams = self.wait()
        with ExitStack() as outboxes:
            outward = outboxes.enter_context(closing(Outbox(streams[to("open", self._other)])))
            opening = ChannelOpening(outward, streams[came("open", self._other)])
            if self._model.setting.witnessed:
                self._common = self._hiding(streams, outward)
            dealer = None
            if self._model.setting.active:
                dealer = outboxes.enter_context(closing(Outbox(streams[to("check", Role.DEALER)])))
            streams["ask"].send(ms.READY, b"")
            while True:
                self._evaluate_next(streams["ask"], opening, dealer)

    def _evaluate_next(self, ask: SocketChannel, opening: ChannelOpening, dealer: Outbox | None) -> None:
        """One run, or an answer to who asks whether this server is there. dealer: who checks active evaluators."""
        number = self.next_of(ask, ms.RUN, ms.Run).number
        self._answering = number >= 0
        if number < 0:
            ask.send(ms.ALIVE, b"")
            return
        _, (evaluation, task) = self._prepared.claim(number)
        self.running = True
        try:
            s = self._pixels(ask, task)  # so that a refusal finds nobody who still writes
            self._budget.take(self.client, task.results)
            if dealer is None:
                results = evaluation.run(s, opening, partial(self._phase, number))
            else:
                ms.send(dealer, ms.RUN, ms.Run(number=number))
                checked = CheckedOpening(opening, self._model.role, self._known_common.hiding(number), dealer)
                results = evaluation.run(s, checked, partial(self._phase, number))
                checked.close()
            ask.send(ms.LEVELS, pack(results.reshape(-1), task.bits))
        finally:
            self.running = False
            self._prepared.burn(number)

    def _hiding(self, streams: Streams, outward: Outbox) -> PairKey:
        """What hides from the dealer: drawn by the first, who tells the other and the witness."""
        if self._model.role is Role.SECOND:
            return PairKey(*ms.keys_of(streams[came("open", Role.FIRST)]))
        drawn = os.urandom(KEY_BYTES)
        outward.send(ms.KEY, drawn)
        streams[came("witness", Role.WITNESS)].send(ms.KEY, drawn)
        return PairKey(drawn)

    def _pixels(self, ask: SocketChannel, task: Task) -> U32:
        """The masked pictures that follow, uint32 [N, C, H, W]."""
        plan = self._model.plan
        count = task.pictures * plan.values[plan.input].elements
        reader = Reader(ask.recv(ms.PIXELS, packed_bytes(count, plan.input_bits)))
        s = reader.words(count, plan.input_bits).reshape(task.pictures, *plan.input_shape)
        reader.end()
        return s
