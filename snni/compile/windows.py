"""How many bits a comparison looks at: whole 4-bit digits and the sign where possible."""

from __future__ import annotations

import math

WINDOWS = (13, 17, 21, 25)


def signed_bits(magnitude: float) -> int:
    """Bits of a ring whose representatives reach +-magnitude."""
    return math.ceil(magnitude + 1).bit_length() + 1


def fitting_window(bits: int) -> int:
    """The narrowest of WINDOWS with at least ``bits``, or ``bits`` where none has."""
    return next((window for window in WINDOWS if window >= bits), bits)
