"""What the nonlinear protocols need of oblivious transfer: random OTs in bulk, one object per direction and role.

`snni.twoparty.ot` implements both. All results are fresh uniform correlations, never handed out twice.
"""

from __future__ import annotations

from typing import Protocol

from snni.wire.packing import U8, U32


class RandomOtSender(Protocol):
    """Holds every message."""

    def leaf(self, n: int, bits: int) -> U32:
        """Pads uint32 [n] of 1-of-2^bits OTs of one bit, bits <= 5: bit i is slot i's."""

    def wide(self, n: int, bits: int) -> U32:
        """Pads uint32 [n, words] of 1-of-2^bits OTs, 6 <= bits <= 8: slot i's is bit i of its row, of two bits at 6
        (the other 64 bits on)."""

    def pads(self, n: int) -> tuple[U32, U32]:
        """Two 32-bit messages, uint32 [n] each."""

    def crossed(self, n: int) -> U32:
        """Messages by a choice of two bits, uint32 [n, 10]: two of 32 bits and two of 19 by its low bit, two of 19 by
        its high bit, four of 19 by both."""


class Checked(Protocol):
    """A consistency check in three steps, each at most one message; ConsistencyError where the peer cheated."""

    def begin_check(self) -> None: ...

    def exchange_challenge(self) -> None: ...

    def finish_check(self) -> None: ...


class RandomOtReceiver(Protocol):
    """Holds a random choice and its message."""

    def leaf(self, n: int, bits: int) -> tuple[U8, U8]:
        """(rho uint8 [n] below 2^bits, pad uint8 [n]: slot rho's bit)."""

    def wide(self, n: int, bits: int) -> tuple[U8, U8]:
        """(rho uint8 [n] below 2^bits, pad uint8 [n]: slot rho's bit, or two), 6 <= bits <= 8."""

    def pads(self, n: int) -> tuple[U8, U32]:
        """(choice bit uint8 [n], message uint32 [n])."""

    def crossed(self, n: int) -> tuple[U8, U32]:
        """(choice uint8 [n] in 0..3, its messages uint32 [n, 4]: of 32 and of 19 bits by its low bit, of 19 by its high
        bit, of 19 by both)."""


class CheckedOtSender(RandomOtSender, Checked, Protocol):
    """What a frame needs of the direction it sends in."""


class CheckedOtReceiver(RandomOtReceiver, Checked, Protocol):
    """What a frame needs of the direction it receives in."""
