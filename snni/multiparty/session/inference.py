"""A session of share servers as those see it who want inferences: one image a run, whatever the suite."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import numpy as np
from numpy.typing import NDArray

from snni.errors import CorrelationError
from snni.inference import Outcome, Result
from snni.multiparty.plan_cost import plan_sent
from snni.multiparty.roles import Setting
from snni.multiparty.session.alive import kept_alive
from snni.multiparty.session.client import AskingSession
from snni.multiparty.session.parties import Neighbours
from snni.session.pool import Listener
from snni.wire.profile import Profile, StepCost

WAIT_S = 0.02


class ServersInference:
    """Implements ``InferenceSession``. Keeps the session alive by a thread of its own."""

    def __init__(self, session: AskingSession) -> None:
        self._session = session
        self.plan, self.epoch, self.max_prepared = session.plan, session.name, session.max_prepared
        self.offline = Profile()  # the servers prepare
        sent = plan_sent(session.plan, 1, session.setting)
        self._dealt_bytes = sum(one.ahead for one in sent.values())
        self._closing = threading.Event()
        self._alive = ExitStack()
        self._alive.enter_context(kept_alive(session))

    @classmethod
    def connect(
        cls, servers: Neighbours, plan_hash: str, listener: Listener, setting: Setting = Setting.THREE_PASSIVE
    ) -> ServersInference:
        """Raises PeerError, HandshakeError."""
        return cls(AskingSession.connect(servers, plan_hash, listener, setting=setting))

    @property
    def ready(self) -> int:
        """Inferences that could start now."""
        return self._session.ready

    @property
    def ended(self) -> bool:
        return self._session.ended

    @property
    def spent(self) -> bool:
        """Whether its successor should be made."""
        return self._session.spent

    @property
    def over(self) -> bool:
        """Whether the servers' lifetime for it has passed."""
        return self._session.over

    @property
    def batches(self) -> bool:
        """Nothing is shared between images."""
        return False

    def advance(self, batch: int = 1) -> str:
        """Prepare one run of one image; ``batch`` says nothing here, where nothing is shared between images."""
        self._session.prepare()
        return "run"

    def infer(self, image: NDArray[np.uint8], wait_s: float = 0.0) -> Result:
        """Score one image, uint8 [C, H, W], waiting at most wait_s for a run. Raises SnniError."""
        waited = 0.0
        while not self.ready and waited < wait_s and not self.ended:
            waited += WAIT_S
            self._closing.wait(WAIT_S)
        if self.ended:
            raise CorrelationError("the session has ended")
        answer = self._session.run(image[None])
        online = Profile({"servers": StepCost(answer.seconds, answer.bytes, 0, 2)})
        outcome = Outcome(answer.results[0], None)
        return Result(outcome, answer.number, online, answer.ahead_s, self._dealt_bytes, 0)

    def close(self) -> None:
        """End the session everywhere."""
        self._closing.set()
        self._alive.close()
        self._session.close()
