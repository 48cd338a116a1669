"""What the room asks the ward, so that it knows an answer from an old word: random, new every half minute. Pure.

A statement that names a question was signed after the question was made. That holds by one clock alone, the room's
monotonic one, which nobody can set: neither the room's wall clock nor the ward's has a part in it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

RENEW_S = 30.0
PATIENCE_S = 180.0
"""How long an answer may be on its way."""


class Questions:
    """make: a new question; tests draw their own."""

    def __init__(self, make: Callable[[], str] = lambda: secrets.token_hex(16)) -> None:
        self._make = make
        self._asked: dict[str, float] = {}

    def current(self, now: float) -> str:
        """The question to ask at `now`, monotonic seconds."""
        newest = next(reversed(self._asked), None)
        if newest is None or now - self._asked[newest] >= RENEW_S:
            self._forget(now)
            newest = self._make()
            self._asked[newest] = now
        return newest

    def asked_at(self, question: str, now: float) -> float | None:
        """When this question was first asked; None for one that was not, or too long ago."""
        at = self._asked.get(question)
        return at if at is not None and now - at <= PATIENCE_S else None

    def _forget(self, now: float) -> None:
        self._asked = {one: at for one, at in self._asked.items() if now - at <= PATIENCE_S}
