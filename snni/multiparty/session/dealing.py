"""A session at who deals: the dealer, which with four servers also checks each run, and the witness, which deals the
same into hashes."""

from __future__ import annotations

import os
from collections.abc import Iterator

from snni.errors import CorrelationError
from snni.multiparty.check.transcript import DIGEST, Transcript
from snni.multiparty.check.verify import Verification
from snni.multiparty.check.witness import Corrections
from snni.multiparty.keys import KEY_BYTES, DealerKeys, DealtStream, PairKey
from snni.multiparty.model import DealerModel, image_half, image_masks
from snni.multiparty.prove.ends import Ends
from snni.multiparty.roles import EVALUATORS, Role
from snni.multiparty.session import messages as ms
from snni.multiparty.session.parties import Limits
from snni.multiparty.session.progress import tell_made, telling
from snni.multiparty.session.session import Event, Session, task_of
from snni.multiparty.session.streams import came, to
from snni.multiparty.task import Task
from snni.ring.arithmetic import reduce
from snni.session.pool import Pool
from snni.wire.packing import U32, pack
from snni.wire.socket_channel import SocketChannel

Ordered = tuple[ms.Order, Task, tuple[bytes, bytes]]


class _DealingSession(Session):
    """Takes orders, run after run."""

    def __init__(self, model: DealerModel, name: str, asker: str, limits: Limits, event: Event) -> None:
        super().__init__(model, name, asker, limits, event)
        self._model = model

    def _orders(self, ask: SocketChannel) -> Iterator[Ordered]:
        """Each order with its task and its pictures' seeds. Raises CorrelationError: not one that comes next."""
        expected = 0
        while True:
            order = self.next_of(ask, ms.ORDER, ms.Order)
            if order.number < 0:
                ask.send(ms.ALIVE, b"")
                continue
            if order.number != expected or len(order.seeds) != 2:
                raise CorrelationError(f"run {order.number} cannot be dealt here")
            expected += 1
            seeds = ms.seed_of(order.seeds[0]), ms.seed_of(order.seeds[1])
            yield order, task_of(self._model, order.images, self._limits), seeds

    def _made(self, ask: SocketChannel, task: Task, number: int, masks: U32) -> None:
        tell_made(ask, pack(masks.reshape(-1), task.bits))
        self._event("made", self.short, number)


class DealerSession(_DealingSession):
    """Deals what is ordered. Runs of active servers are checked on ``verdict`` at the same time."""

    def __init__(self, model: DealerModel, name: str, asker: str, limits: Limits, event: Event) -> None:
        super().__init__(model, name, asker, limits, event)
        self.work = {"ask": self.serve, "verdict": self.check}
        self._checks: Pool[Verification] = Pool(lambda what, number: None)

    def close(self) -> None:
        super().close()
        self._checks.close()

    def serve(self) -> None:
        """Until the client leaves or an error. The session's keys are drawn here, and die here."""
        streams, setting = self.wait(), self._model.setting
        ask, second = streams["ask"], streams[to("deal", Role.SECOND)]
        drawn = [os.urandom(KEY_BYTES) for _ in range(3)]
        for role, key in zip(EVALUATORS, drawn, strict=False):
            streams[to("deal", role)].send(ms.KEY, key)
        witness = streams[came("witness", Role.WITNESS)] if setting.witnessed else None
        if witness is not None:
            witness.send(ms.KEY, b"".join(drawn))
        keys = DealerKeys(*(PairKey(key) for key in drawn))
        ask.send(ms.READY, b"")
        others = [channel for name, channel in streams.items() if name.startswith(("deal", "witness"))]
        for order, task, seeds in self._orders(ask):
            with telling(ask, others, self.close):
                if setting.proved:
                    results = self._prove(streams, task, keys, order.number, seeds)
                else:
                    results = self._deal(task, keys, order.number, seeds, second, witness)
            self._made(ask, task, order.number, results)

    def _deal(
        self,
        task: Task,
        keys: DealerKeys,
        number: int,
        seeds: tuple[bytes, bytes],
        second: SocketChannel,
        witness: SocketChannel | None,
    ) -> U32:
        """Deal to passive evaluators, or under the eyes of a witness. Returns the results' masks."""
        checks = Verification() if witness is not None else None
        masks = image_masks(self._model.plan, seeds, task.pictures)
        results = task.deal(self._model, keys, number, masks, second, checks)
        if witness is not None and checks is not None:
            self._need_room()
            checks.hear(witness)
            self._checks.put(number, checks)
        return results

    def _prove(
        self, streams: dict[str, SocketChannel], task: Task, keys: DealerKeys, number: int, seeds: tuple[bytes, bytes]
    ) -> U32:
        """Deal to three active servers, and prove it. Returns the results' masks."""
        self._need_room()
        halves = {
            role: image_half(self._model.plan, seed, task.pictures)
            for role, seed in zip(EVALUATORS, seeds, strict=True)
        }
        common = dict(zip(EVALUATORS, (keys.first, keys.second), strict=True))
        ends = Ends(Role.DEALER, common, {role: streams[to("deal", role)] for role in EVALUATORS})
        results, checks = task.deal_proved(self._model, keys, number, halves, ends)
        self._checks.put(number, checks)
        return reduce(results, task.bits)

    def _need_room(self) -> None:
        if len(self._checks) >= self._limits.max_prepared:
            raise CorrelationError(f"{self._limits.max_prepared} runs are prepared")

    def check(self) -> None:
        """Follow every run of the evaluators, and say which were right. Raises DeviationError, WireError."""
        streams = self.wait()
        first, second = (streams[came("check", role)] for role in EVALUATORS)
        while True:
            number = self.next_of(first, ms.RUN, ms.Run, silent=True).number
            _, verification = self._checks.claim(number)
            if self.next_of(second, ms.RUN, ms.Run).number != number:
                raise CorrelationError("the evaluators run different runs")
            verification.run(first, second)
            ms.send(streams["verdict"], ms.VERDICT, ms.Run(number=number))


class WitnessSession(_DealingSession):
    """Deals what is ordered into hashes for the evaluators, and corrections for the dealer."""

    def __init__(self, model: DealerModel, name: str, asker: str, limits: Limits, event: Event) -> None:
        super().__init__(model, name, asker, limits, event)
        self.work = {"ask": self.serve}

    def serve(self) -> None:
        """Until the client leaves or an error."""
        streams = self.wait()
        ask, dealer = streams["ask"], streams[to("witness", Role.DEALER)]
        parts = ms.keys_of(dealer, 3)
        hiding = PairKey(*ms.keys_of(streams[to("witness", Role.FIRST)]))
        others = [channel for name, channel in streams.items() if name.startswith("witness")]
        ask.send(ms.READY, b"")
        for order, task, seeds in self._orders(ask):
            with telling(ask, others, self.close):
                results = self._witnessed(streams, task, order, parts, seeds, hiding.hiding(order.number))
            self._made(ask, task, order.number, results)

    def _witnessed(
        self,
        streams: dict[str, SocketChannel],
        task: Task,
        order: ms.Order,
        parts: list[bytes],
        seeds: tuple[bytes, bytes],
        hiding: DealtStream,
    ) -> U32:
        """parts: the dealer's keys. hiding: of the evaluators' key. Returns the results' masks."""
        heard = [Transcript(key, order.number, order.images, seed) for key, seed in zip(parts, seeds, strict=False)]
        corrections = Corrections(hiding, streams[to("witness", Role.DEALER)])
        masks, keys = image_masks(self._model.plan, seeds, task.pictures), DealerKeys(*(PairKey(one) for one in parts))
        results = task.deal(self._model, keys, order.number, masks, heard[1], corrections)
        for role, transcript in zip(EVALUATORS, heard, strict=True):
            streams[to("witness", role)].send(DIGEST, transcript.digest())
        return results
