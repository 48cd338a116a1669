"""Those who classify clips, in whichever mode: a session for videos alone, beside that of the crops. Neither waits for
the other.

Blocking; for one thread. A session that broke is made anew when the next clip is due, which is never soon: a clip is no
alarm, and a party that spoils runs is to learn no more from them than times.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from snni.errors import HandshakeError, ParameterError, SnniError
from snni.model.plan import Plan

LEVELS = 4


@dataclass(frozen=True)
class ClipShape:
    """``frames`` pictures of a video, of which ``selected`` are looked at."""

    frames: int
    selected: int


@dataclass(frozen=True)
class ClipLabel:
    """level: somebody's, not for logs. number: the run's. seconds: from pixels to label. bytes: of the room meanwhile,
    both ways. model, plan_hash: the network's."""

    level: int = field(repr=False)
    number: int
    seconds: float
    bytes: int
    model: str
    plan_hash: str


class VideoSession(Protocol):
    plan: Plan

    @property
    def ended(self) -> bool: ...

    @property
    def spent(self) -> bool: ...

    def close(self) -> None: ...


S = TypeVar("S", bound=VideoSession)


class ClipParties(ABC, Generic[S]):
    """connect: a session with the parties of the mode that is set. Raises SnniError, as everything here does."""

    def __init__(self, connect: Callable[[], S]) -> None:
        self._connect = connect
        self._session: S | None = None
        self._alive = ExitStack()
        self._changing = threading.Lock()
        self._closed = False

    def prepared(self) -> ClipShape:
        """Have a run made ahead; what a video must be."""
        session = self._standing()
        shape = self._shape(session)
        if session.plan.levels != LEVELS:
            raise HandshakeError("video", f"the network has {session.plan.levels} levels, pain has {LEVELS}")
        self._prepare(session)
        return shape

    def label(self, video: NDArray[np.uint8]) -> ClipLabel:
        """Of a video uint8 [N, C, H, W]. The run is used up either way."""
        if self._session is None:
            raise ParameterError("nothing is prepared")
        return self._run(self._session, video)

    def end(self) -> None:
        """End the session; the next call makes another."""
        with self._changing:
            self._alive.close()
            if self._session is not None:
                with suppress(SnniError):
                    self._session.close()
            self._session = None

    def close(self) -> None:
        """For good."""
        self._closed = True
        self.end()

    @abstractmethod
    def _shape(self, session: S) -> ClipShape:
        """Raises HandshakeError: they classify no videos."""

    @abstractmethod
    def _prepare(self, session: S) -> None: ...

    @abstractmethod
    def _run(self, session: S, video: NDArray[np.uint8]) -> ClipLabel: ...

    def _kept(self, session: S) -> AbstractContextManager[None]:
        """What keeps a silent session from being ended, as long as it is entered."""
        return nullcontext()

    def _standing(self) -> S:
        session = self._session
        if session is not None and not session.ended and not session.spent:
            return session
        self.end()
        made = self._connect()
        with self._changing:
            if self._closed:
                made.close()
                raise ParameterError("closed")
            self._alive.enter_context(self._kept(made))
            self._session = made
        return made
