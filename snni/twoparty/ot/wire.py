"""Frame tags of oblivious transfer, and which party sends in a direction."""

from __future__ import annotations

import enum

import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
U32 = npt.NDArray[np.uint32]


class Tag(enum.IntEnum):
    """Frame tags of oblivious transfer (0x10-0x1f). The server's direction is even, the client's odd."""

    OFFER = 0x10
    REPLY = 0x12
    TREES = 0x14
    EXTEND = 0x16
    SEAL = 0x18
    CHALLENGE = 0x1A
    ANSWER = 0x1C


class Direction(enum.IntEnum):
    """Which party is the sender of the transfers."""

    S_SENDS = 0
    C_SENDS = 1


def array_of(payload: memoryview) -> U8:
    """A received payload without a copy, uint8 [n]."""
    return np.frombuffer(payload, dtype=np.uint8)
