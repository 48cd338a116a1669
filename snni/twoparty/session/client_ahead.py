"""A client session's work ahead of time: inferences made batch by batch, and put into the pool.

Where the server audits, each batch is a unit of its own (twoparty/audit/): after its last message the server says
whether it wants to be shown what the unit came from. If so the unit is burnt, and only then shown; else its seed is
forgotten, and only then may its inferences be claimed.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass

from snni.errors import CorrelationError, WireError
from snni.model.plan import Plan
from snni.ring.random import drawn
from snni.session.pool import Pool
from snni.twoparty.audit.tape import SEED_BYTES, commitment, tape_of
from snni.twoparty.audit.unit import ClientUnit
from snni.twoparty.inference.client import ClientInference
from snni.twoparty.linear.client import ClientKeys
from snni.twoparty.preparation.client import ClientPreparation
from snni.twoparty.session import handshake as hs
from snni.twoparty.session.parameters import Listener
from snni.twoparty.suite import TwoPartySuite
from snni.twoparty.video.client import ClientVideo
from snni.wire.channel import Channel
from snni.wire.profile import Profile, stored_bytes


@dataclass
class Made:
    """An inference or a video, and what making it took: seconds, bytes moved, bytes kept."""

    inference: ClientInference | ClientVideo
    seconds: float
    bytes: int
    stored: int = 0


@dataclass(frozen=True)
class Common:
    """What all the work of a session has in common. profile: of all of it. max_batch, max_prepared: the server's."""

    bulk: Channel
    plan: Plan
    suite: TwoPartySuite
    pool: Pool[Made]
    listener: Listener
    profile: Profile
    max_batch: int
    max_prepared: int
    scores: bool


class ClientAhead(ABC):
    """waiting: inferences whose linear phase is done and whose nonlinear phase is not."""

    def __init__(self, common: Common) -> None:
        self.waiting: list[Made] = []
        self._common = common

    @property
    @abstractmethod
    def claimed(self) -> int:
        """Transfers taken so far, of the direction that has given more."""

    @property
    def batches(self) -> bool:
        """Whether the next piece of work is one that inferences share."""
        return False

    @abstractmethod
    def start(self) -> None:
        """What the session needs before its first batch."""

    @abstractmethod
    def advance(self, batch: int) -> str:
        """One piece of work, and its kind."""

    def _transferred(self) -> int:
        return self._common.bulk.bytes_sent + self._common.bulk.bytes_received


class InferencesAhead(ClientAhead):
    """Inferences of images, batch by batch."""

    def __init__(self, common: Common) -> None:
        super().__init__(common)
        self._inferences: list[ClientInference] = []  # of those that wait
        self._next_linear = self._next_nonlinear = 0

    @property
    def batches(self) -> bool:
        return not self.waiting

    def advance(self, batch: int) -> str:
        """'linear' for at most `batch` inferences when none waits, else 'nonlinear' for one."""
        if self.waiting:
            self._nonlinear()
            return "nonlinear"
        self._linear(self._count(batch))
        return "linear"

    def _linear(self, count: int) -> None:
        common, number = self._common, self._next_linear
        common.listener("linear_started", number)
        started, before = time.perf_counter(), self._transferred()
        inferences = self._begun(hs.Request(kind="linear", number=number, count=count))
        common.bulk.recv(hs.DONE, limit=0)
        seconds, transferred = time.perf_counter() - started, self._transferred() - before
        self._inferences = inferences
        self.waiting = [Made(inference, seconds / count, transferred // count) for inference in inferences]
        common.listener("linear_made", number)
        self._next_linear += count

    def _nonlinear(self) -> None:
        common, number, made = self._common, self._next_nonlinear, self.waiting[0]
        common.listener("nonlinear_started", number)
        hs.send(common.bulk, hs.REQUEST, hs.Request(kind="nonlinear", number=number))
        started, before = time.perf_counter(), self._transferred()
        self._finished(self._inferences.pop(0))
        made.seconds += time.perf_counter() - started
        made.bytes += self._transferred() - before
        made.stored = stored_bytes(made.inference)
        del self.waiting[0]
        self._next_nonlinear += 1
        self._made(number, made)

    def _count(self, batch: int) -> int:
        return min(batch, self._common.max_batch)

    @abstractmethod
    def _begun(self, request: hs.Request) -> list[ClientInference]:
        """A batch's linear phase."""

    @abstractmethod
    def _finished(self, inference: ClientInference) -> None:
        """The rest of an inference."""

    @abstractmethod
    def _made(self, number: int, made: Made) -> None:
        """After an inference's last message."""


class PlainAhead(InferencesAhead):
    """Keys and transfers are the session's; an inference may be claimed as soon as it is made."""

    def __init__(self, common: Common, keys: ClientKeys) -> None:
        super().__init__(common)
        self.preparation = ClientPreparation(
            common.bulk, common.plan, common.suite, keys, common.profile, scores=common.scores
        )

    @property
    def claimed(self) -> int:
        return self.preparation.claimed

    def start(self) -> None:
        self.preparation.setup()

    def _begun(self, request: hs.Request) -> list[ClientInference]:
        hs.send(self._common.bulk, hs.REQUEST, request)
        return self.preparation.begin(request.count)

    def _finished(self, inference: ClientInference) -> None:
        self.preparation.finish(inference)

    def _made(self, number: int, made: Made) -> None:
        self._common.bulk.recv(hs.DONE, limit=0)
        self._common.pool.put(number, made)


class AuditedAhead(InferencesAhead):
    """Keys and transfers are each batch's own, a unit, and the server may ask to be shown what they came from."""

    def __init__(self, common: Common) -> None:
        super().__init__(common)
        self._unit: ClientUnit | None = None
        self._seed = b""
        self._held: list[tuple[int, Made]] = []

    @property
    def batches(self) -> bool:
        """Never before it is needed: the more is ready when a unit begins, the fewer it may have."""
        return False

    @property
    def claimed(self) -> int:
        """Of the unit in hand: the next one begins anew."""
        return 0 if self._unit is None else self._unit.claimed

    def start(self) -> None:
        """Nothing: every unit has its own."""

    def _count(self, batch: int) -> int:
        """All inferences of a unit come into the pool at once."""
        return max(1, min(super()._count(batch), self._common.max_prepared - len(self._common.pool)))

    def _begun(self, request: hs.Request) -> list[ClientInference]:
        common, self._seed = self._common, drawn(SEED_BYTES)
        hs.send(common.bulk, hs.REQUEST, request.model_copy(update={"commitment": commitment(self._seed)}))
        added = bytes(common.bulk.recv(hs.ADDED, limit=SEED_BYTES))
        if len(added) != SEED_BYTES:
            raise WireError("the server's part of a unit's seed is too short")
        tape = tape_of(self._seed, added)
        self._unit = ClientUnit(common.bulk, common.plan, common.suite, tape, common.profile, scores=common.scores)
        return self._unit.begin(request.count)

    def _finished(self, inference: ClientInference) -> None:
        if self._unit is None:
            raise CorrelationError("no unit has begun")
        self._unit.finish(inference)

    def _made(self, number: int, made: Made) -> None:
        self._held.append((number, made))
        if self.waiting:
            self._common.bulk.recv(hs.DONE, limit=0)
            return
        held, seed = self._held, self._seed
        self._held, self._seed, self._unit = [], b"", None
        if self._to_be_shown():
            for gone, _ in held:
                self._common.pool.discard(gone)
            self._common.listener("audited", held[0][0])
            self._common.bulk.send(hs.SHOWN, seed)
            self._common.bulk.recv(hs.DONE, limit=0)
            return
        del seed
        self._common.bulk.recv(hs.DONE, limit=0)
        for kept, one in held:
            self._common.pool.put(kept, one)

    def _to_be_shown(self) -> bool:
        said = bytes(self._common.bulk.recv(hs.VERDICT, limit=1))
        if said not in (hs.KEEP, hs.SHOW):
            raise WireError("neither keep nor show")
        return said == hs.SHOW
