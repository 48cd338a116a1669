"""Correlated transfers from a dealer that both ends seed alike: the ideal functionality, without a message."""

from __future__ import annotations

import numpy as np


class _Dealt:
    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._delta = self._rng.integers(0, 256, 16).astype(np.uint8)

    def _next(self, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        q = self._rng.integers(0, 256, (n, 16)).astype(np.uint8)
        choices = self._rng.integers(0, 2, n).astype(np.uint8)
        return q, choices, q ^ choices[:, None] * self._delta

    def begin_check(self) -> None: ...

    def exchange_challenge(self) -> None: ...

    def finish_check(self) -> None: ...


class IdealCotSender(_Dealt):
    def reveal_delta(self) -> np.ndarray:
        return self._delta

    def cot(self, n: int) -> np.ndarray:
        return self._next(n)[0]


class IdealCotReceiver(_Dealt):
    def cot(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        _, choices, t = self._next(n)
        return choices, t
