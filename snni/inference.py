"""What an inference gives and what it took, and a session as those see it who want inferences: alike in any suite."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from snni.model.plan import Plan
from snni.wire.profile import Profile


@dataclass(frozen=True)
class Outcome:
    """level: index of the largest score. scores: signed sums [F], only where the session asked for them."""

    level: int = field(repr=False)  # somebody's: not for logs
    scores: NDArray[np.int64] | None = field(repr=False)


@dataclass(frozen=True)
class Result:
    """One inference: its outcome, correlation number, and what it took offline (amortised) and online."""

    outcome: Outcome
    number: int
    online: Profile
    offline_s: float
    offline_bytes: int
    stored_bytes: int


class InferenceSession(Protocol):
    """A session with the parties that serve one network: correlations made ahead of time, inferences that use them up.

    ``advance`` and ``infer`` may run on different threads. Any error ends the session. offline: what work ahead of time
    took this party so far; nothing where others do it.
    """

    plan: Plan
    epoch: str
    max_prepared: int
    offline: Profile

    @property
    def ready(self) -> int:
        """Inferences that could start now."""
        ...

    @property
    def ended(self) -> bool: ...

    @property
    def spent(self) -> bool:
        """Whether a successor should be made; until it is there, this one serves what is ready."""
        ...

    @property
    def over(self) -> bool:
        """Whether it may have ended by its age or its transfers, as those who serve have said: nothing broke."""
        ...

    @property
    def batches(self) -> bool:
        """Whether the next unit of work ahead of time is one that many inferences share, so that the more there are the
        cheaper each is."""
        ...

    def advance(self, batch: int = 1) -> str:
        """One unit of work ahead of time; what it was."""
        ...

    def infer(self, image: NDArray[np.uint8], wait_s: float = 0.0) -> Result:
        """Score one image, uint8 [C, H, W]. Raises SnniError, whose `image_used` says whether to forget the image."""
        ...

    def close(self) -> None: ...
