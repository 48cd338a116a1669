"""Seeds of several numbers: unlike ones give unlike streams of chance."""

from __future__ import annotations

import numpy as np


def seed_of(*numbers: int) -> int:
    """A seed for torch. Source: numpy's SeedSequence."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])
