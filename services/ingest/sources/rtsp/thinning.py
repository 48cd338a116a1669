"""Which coded pictures are worth decoding, when one a period is wanted. Pure.

Key pictures alone where they come often enough, since they need no other; else every picture that others build upon
(the decoder leaves out the rest). Cameras send a key picture every second or two, and 15 to 30 pictures a second.
"""

from __future__ import annotations

ENOUGH = 1.1
"""Periods between two key pictures up to which they do."""
STEADY = 3
"""So many such distances in a row before the pictures between are left out."""


class Thinning:
    """One stream, in the order of its packets."""

    def __init__(self, period_s: float) -> None:
        self._longest_s = ENOUGH * period_s
        self._key: float | None = None
        self._steady = 0
        self._broken = False

    def wanted(self, at: float, *, key: bool) -> bool:
        """Whether to decode the picture that arrived at `at`, monotonic seconds; key: it needs no other."""
        if key:
            near = self._key is not None and at - self._key <= self._longest_s
            self._steady = self._steady + 1 if near else 0
            self._key, self._broken = at, False
            return True
        wanted = self._steady < STEADY and not self._broken
        self._broken = self._broken or not wanted
        return wanted
