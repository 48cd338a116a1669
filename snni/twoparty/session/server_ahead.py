"""A server session's work ahead of time: inferences made as the client asks, and put into the pool, audited or not.

An audit: when a unit's last message has come, the server draws whether it is to be shown, burns the unit if so, and
only then says it; what it is shown it computes again and compares. A client that stays silent is counted (suspects.py).
"""

from __future__ import annotations

import os
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from snni.errors import AuditError, CorrelationError, SnniError, WireError
from snni.session.pool import Pool
from snni.twoparty.audit.tape import SEED_BYTES, opens, tape_of
from snni.twoparty.audit.transcript import Transcript
from snni.twoparty.audit.unit import MAX_KEY_BYTES, UNIT_KEY, replayed
from snni.twoparty.inference.server import ServerInference
from snni.twoparty.offline import InferenceShares
from snni.twoparty.preparation.server import ServerPreparation
from snni.twoparty.server_model import ServerModel
from snni.twoparty.session import handshake as hs
from snni.twoparty.session.parameters import Listener, ServerLimits
from snni.twoparty.session.suspects import Suspects
from snni.twoparty.suite import TwoPartySuite
from snni.twoparty.video.server import ServerVideo
from snni.wire.channel import Channel
from snni.wire.profile import Profile


def one_in(units: int) -> bool:
    """True in one case of so many, by the system's randomness."""
    return secrets.randbelow(units) == 0


@dataclass(frozen=True)
class Serving:
    """What all the work of a session has in common. event: of the session's epoch."""

    bulk: Channel
    model: ServerModel
    suite: TwoPartySuite
    pool: Pool[ServerInference | ServerVideo]
    event: Listener
    profile: Profile
    limits: ServerLimits
    scores: bool

    def preparation(self, channel: Channel, public_key: bytes) -> ServerPreparation:
        """Over this channel, for uploads under this key."""
        return ServerPreparation(channel, self.model, self.suite, public_key, self.profile, scores=self.scores)


class ServerAhead(ABC):
    """stored_bytes: of the last inference or video made."""

    def __init__(self, serving: Serving) -> None:
        self.stored_bytes = 0
        self._serving = serving

    @property
    @abstractmethod
    def claimed(self) -> int:
        """Transfers taken so far, of the direction that has given more."""

    @abstractmethod
    def start(self) -> None:
        """What the session needs before its first batch."""

    def serve(self, request: hs.Request) -> None:
        """One piece of work, to its DONE. Raises WireError: out of order, or more than the limits."""
        self._serving.event(f"{request.kind}_started", request.number)
        self._make(request)
        self._serving.bulk.send(hs.DONE, b"")

    @abstractmethod
    def _make(self, request: hs.Request) -> None:
        """As ``serve``."""


class InferencesServerAhead(ServerAhead):
    """Inferences of images, batch by batch."""

    def __init__(self, serving: Serving) -> None:
        super().__init__(serving)
        self._waiting: list[InferenceShares] = []
        self._next_linear = self._next_nonlinear = 0

    def _make(self, request: hs.Request) -> None:
        if request.kind == "linear":
            self._linear(request)
        elif request.kind == "nonlinear":
            self._nonlinear(request)
        else:
            raise WireError("work of another kind than the session is for")

    def _linear(self, request: hs.Request) -> None:
        limits = self._serving.limits
        if request.number != self._next_linear or request.count > limits.max_batch or self._waiting:
            raise WireError("linear work out of order, or more than the limit")
        self._waiting = self._begun(request)
        self._next_linear += request.count
        self._serving.event("linear_made", request.number)

    def _nonlinear(self, request: hs.Request) -> None:
        if request.number != self._next_nonlinear or not self._waiting:
            raise WireError("nonlinear work out of order")
        if self._prepared > self._serving.limits.max_prepared:  # one more: the client may have claimed unheard of yet
            raise WireError("more prepared inferences than the limit")
        inference = self._finished(self._waiting.pop(0))
        self._next_nonlinear += 1
        self.stored_bytes = inference.stored_bytes
        self._made(request.number, inference)

    @property
    def _prepared(self) -> int:
        """Inferences that are kept."""
        return len(self._serving.pool)

    @abstractmethod
    def _begun(self, request: hs.Request) -> list[InferenceShares]:
        """A batch's linear phase."""

    @abstractmethod
    def _finished(self, shares: InferenceShares) -> ServerInference:
        """The rest of an inference."""

    @abstractmethod
    def _made(self, number: int, inference: ServerInference) -> None:
        """After an inference's last message."""


class PlainServerAhead(InferencesServerAhead):
    """Keys and transfers are the session's."""

    def __init__(self, serving: Serving, public_key: bytes) -> None:
        super().__init__(serving)
        self._work = serving.preparation(serving.bulk, public_key)

    @property
    def claimed(self) -> int:
        return self._work.claimed

    def start(self) -> None:
        self._work.setup()

    def _begun(self, request: hs.Request) -> list[InferenceShares]:
        if request.commitment:
            raise WireError("a commitment, and nothing is audited")
        return self._work.begin(request.count)

    def _finished(self, shares: InferenceShares) -> ServerInference:
        return self._work.finish(shares)

    def _made(self, number: int, inference: ServerInference) -> None:
        self._serving.pool.put(number, inference)


class AuditingAhead(InferencesServerAhead):
    """Every batch is a unit: its inferences come into the pool together, or the client shows what they came from.

    client: whose they are. chosen: of how many units one is to be shown -> whether this one is.
    """

    def __init__(self, serving: Serving, suspects: Suspects, client: str, chosen: Callable[[int], bool]) -> None:
        super().__init__(serving)
        self._suspects = suspects
        self._client = client
        self._chosen = chosen
        self._work: ServerPreparation | None = None
        self._transcript = Transcript(serving.bulk)
        self._request = hs.Request(kind="linear", number=0)
        self._added = b""
        self._held: list[tuple[int, ServerInference]] = []

    @property
    def claimed(self) -> int:
        """Of the unit in hand: the next one begins anew."""
        return 0 if self._work is None else self._work.claimed

    def start(self) -> None:
        """Nothing: every unit has its own."""

    @property
    def _prepared(self) -> int:
        return super()._prepared + len(self._held)

    def _begun(self, request: hs.Request) -> list[InferenceShares]:
        if not request.commitment:
            raise WireError("no commitment to the unit's seed")
        self._request, self._added = request, os.urandom(SEED_BYTES)
        self._serving.bulk.send(hs.ADDED, self._added)
        self._transcript = Transcript(self._serving.bulk)
        key = bytes(self._transcript.recv(UNIT_KEY, limit=MAX_KEY_BYTES))
        self._work = self._serving.preparation(self._transcript, key)
        self._work.setup()
        return self._work.begin(request.count)

    def _finished(self, shares: InferenceShares) -> ServerInference:
        if self._work is None:
            raise CorrelationError("no unit has begun")
        return self._work.finish(shares)

    def _made(self, number: int, inference: ServerInference) -> None:
        self._held.append((number, inference))
        if self._waiting:
            return
        held, self._held, self._work = self._held, [], None
        if self._chosen(self._serving.limits.audit):
            for gone, _ in held:
                self._serving.pool.discard(gone)
            held.clear()
            self._audit()
        else:
            self._serving.bulk.send(hs.VERDICT, hs.KEEP)
            for kept, one in held:
                self._serving.pool.put(kept, one)
        self._transcript = Transcript(self._serving.bulk)

    def _audit(self) -> None:
        """Raises AuditError when the client did not send what its seed gives, PeerError or WireError when it shows
        nothing."""
        serving = self._serving
        try:
            serving.bulk.send(hs.VERDICT, hs.SHOW)
            seed = bytes(serving.bulk.recv(hs.SHOWN, limit=SEED_BYTES))
        except SnniError:
            self._suspects.unanswered(self._client)
            raise
        try:
            if not opens(self._request.commitment, seed):
                raise AuditError("the seed shown is not the one that was committed to")
            tape, count = tape_of(seed, self._added), self._request.count
            replayed(self._transcript, tape, serving.model.plan, serving.suite, count, scores=serving.scores)
        except AuditError:
            self._suspects.caught(self._client)
            raise
        serving.event("audited", self._request.number)
