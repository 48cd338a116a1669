"""How many bits a value is kept in, and how many of these a comparison looks at."""

from __future__ import annotations

import math

PREFERRED_WINDOWS = (8, 9)
"""Without what is ignored: the sign and what two lookups of 4 or 5 bits compare (snni/twoparty/nonlinear/compare.py).
Each bit more doubles a lookup. Below 7 a ReLU would take one, but what has to be ignored for that is felt in
the levels."""

MIN_WINDOW = 3
IGNORED_BITS = 3
"""Low bits of a window that comparisons drop: the value keeps them (snni/twoparty/nonlinear/gate.py)."""


def compared_window(magnitude: float, ignored: int) -> int:
    """The window for values up to +-magnitude whose comparisons drop so many low bits: they need 2^ignored of room."""
    return max(MIN_WINDOW + ignored, signed_bits(magnitude + (1 << ignored if ignored else 0)))


def signed_bits(magnitude: float) -> int:
    """Bits of a ring whose representatives reach +-magnitude."""
    return math.ceil(magnitude + 1).bit_length() + 1
