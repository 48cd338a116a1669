"""What the nonlinear protocols need of oblivious transfer: random OTs in bulk, one object per direction and role.

`snni.ot` implements both. All results are fresh uniform correlations, never handed out twice.
"""

from __future__ import annotations

from typing import Protocol

from snni.nonlinear.wire import U8, U32


class RandomOtSender(Protocol):
    """Holds every message."""

    def leaf(self, n: int, bits: int) -> U32:
        """Pads uint32 [n] of 1-of-2^bits OTs: bit i is slot i's gt pad, bit 16 + i its eq pad."""

    def bits2(self, n: int) -> tuple[U8, U8]:
        """Two 2-bit messages, uint8 [n] each."""

    def pads(self, n: int) -> tuple[U32, U32]:
        """Two 32-bit messages, uint32 [n] each."""

    def pads4(self, n: int) -> U32:
        """Four 32-bit messages, uint32 [n, 4]."""


class Checked(Protocol):
    """A consistency check in three steps, each at most one message; ConsistencyError where the peer cheated."""

    def seal(self) -> None: ...

    def challenge(self) -> None: ...

    def settle(self) -> None: ...


class RandomOtReceiver(Protocol):
    """Holds a random choice and its message."""

    def leaf(self, n: int, bits: int) -> tuple[U8, U8]:
        """(rho uint8 [n] below 2^bits, pad uint8 [n]: bit 0 gt, bit 1 eq of slot rho)."""

    def bits2(self, n: int) -> tuple[U8, U8]:
        """(choice bit, 2-bit message), uint8 [n] each."""

    def pads(self, n: int) -> tuple[U8, U32]:
        """(choice bit uint8 [n], message uint32 [n])."""

    def pads4(self, n: int) -> tuple[U8, U32]:
        """(choice uint8 [n] in 0..3, message uint32 [n])."""


class CheckedOtSender(RandomOtSender, Checked, Protocol):
    """What a frame needs of the direction it sends in."""


class CheckedOtReceiver(RandomOtReceiver, Checked, Protocol):
    """What a frame needs of the direction it receives in."""
