"""A value of a plan: its shape and the ring its shares live in, with the bounds on both.

A value x in Z_2^k stands for its representative in [-2^(k-1), 2^(k-1)).
"""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MIN_RING_BITS = 2
MAX_RING_BITS = 26
MAX_DIMENSION = 1 << 20

Name = Annotated[str, Field(pattern=r"^[a-z0-9_.]{1,96}$")]
RingBits = Annotated[int, Field(strict=True, ge=MIN_RING_BITS, le=MAX_RING_BITS)]
Shift = Annotated[int, Field(strict=True, ge=0, le=MAX_RING_BITS - MIN_RING_BITS)]
Ignored = Annotated[int, Field(strict=True, ge=0, le=8)]
Dimension = Annotated[int, Field(strict=True, ge=1, le=MAX_DIMENSION)]
Pad = Annotated[int, Field(strict=True, ge=0, le=MAX_DIMENSION)]
Shape = tuple[Dimension, Dimension, Dimension]
Pair = tuple[Dimension, Dimension]
PadPair = tuple[Pad, Pad]


class PlanModel(BaseModel):
    """Frozen; a field that is not named is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ValueSpec(PlanModel):
    """A shared value: shape [C, H, W] and the ring Z_2^ring_bits that its shares live in."""

    shape: Shape
    ring_bits: RingBits

    @property
    def elements(self) -> int:
        return math.prod(self.shape)


def need(condition: bool, message: str) -> None:
    """Raises ValueError, which pydantic reports with the field it comes from."""
    if not condition:
        raise ValueError(message)
