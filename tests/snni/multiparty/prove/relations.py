"""Relations that are proved, looked at in the open."""

from __future__ import annotations

import numpy as np


def holds(made) -> np.ndarray:
    """Which of the n values fulfil every relation, bool [n]; over all parts at once."""
    good = np.ones(made.n, bool)
    for group in made.groups:
        total = group.z.copy()
        for a, b in group.pairs:
            total = total ^ (a & b)
        good &= np.unpackbits(total, bitorder="little")[: made.n] == 0
    return good
