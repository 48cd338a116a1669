"""How many bits a comparison looks at."""

from __future__ import annotations

import math

PREFERRED_WINDOWS = (9, 10)
"""The sign and what two lookups compare (snni/nonlinear/compare.py): a third costs two more flights, and the ninth bit
a third more bytes."""

MIN_WINDOW = 3


def signed_bits(magnitude: float) -> int:
    """Bits of a ring whose representatives reach +-magnitude."""
    return math.ceil(magnitude + 1).bit_length() + 1
