"""Who takes part: a dealer who works ahead and two evaluators who work online; whoever asks holds the image."""

from __future__ import annotations

from enum import Enum


class Role(Enum):
    """DEALER knows every mask c; FIRST and SECOND know every masked value s, and each its own half of the masks."""

    DEALER = "dealer"
    FIRST = "first"
    SECOND = "second"
