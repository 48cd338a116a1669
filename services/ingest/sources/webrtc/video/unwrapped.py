"""Numbers that wrap, on one line: RTP's sequence numbers and timestamps. Pure.

The shorter way around from the one before (RFC 3550, appendix A.1, does so for sequence numbers), so that a step
backwards is no wrap.
"""

from __future__ import annotations


class Unwrapped:
    """One stream's numbers of `bits` bits, counted from the first."""

    def __init__(self, bits: int) -> None:
        self._span = 1 << bits
        self._last: int | None = None
        self._line = 0

    def of(self, number: int) -> int:
        """Where `number` lies; the first one is 0."""
        if self._last is not None:
            half = self._span // 2
            self._line += (number - self._last + half) % self._span - half
        self._last = number
        return self._line
