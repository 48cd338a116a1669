"""What fresh randomness may look like: statements that a right program fails with a chance below 2^-64 each.

A run of the whole suite makes fewer than 2^24 of them, so that it fails by chance less often than once in 2^40 runs.
Counts of independent trials are binomial, so the tails are exact, not a normal's; several counts are joined by the
union bound. Tests under fixed seeds need none of this: they cannot fail by chance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

FALSE_ALARM = 2.0**-64


def tail(count: int, trials: int, chance: float) -> float:
    """How likely a count at least as far out as this one is, on its own side."""
    return float(min(binom.cdf(count, trials, chance), binom.sf(count - 1, trials, chance)))


def assert_rate(count: int, trials: int, chance: float, what: object = "") -> None:
    """`count` of `trials` independent events of this probability happened."""
    p = 2 * tail(int(count), trials, chance)
    assert p > FALSE_ALARM, f"{what}: {count} of {trials} where {trials * chance:.1f} are expected, p = {p:.1e}"


def assert_fair(bits: NDArray[np.generic], what: object = "") -> None:
    """Independent fair bits, of any shape, in {0, 1}."""
    assert_rate(int(np.sum(bits, dtype=np.int64)), bits.size, 0.5, what)


def uniformity(values: NDArray[np.generic], size: int) -> float:
    """A bound on the chance that some value of 0..size-1 is as rare or as frequent among these, were they uniform."""
    counts = np.bincount(np.asarray(values).reshape(-1).astype(np.int64), minlength=size)
    assert len(counts) == size, "a value is out of range"
    trials = int(counts.sum())
    return min(1.0, 2 * size * min(tail(int(count), trials, 1 / size) for count in (counts.min(), counts.max())))


def assert_uniform(values: NDArray[np.generic], size: int, what: object = "") -> None:
    """Independent values, each uniform on 0..size-1."""
    p = uniformity(values, size)
    assert p > FALSE_ALARM, f"{what}: not uniform on {size} values, p = {p:.1e}"


def assert_uniform_bytes(payload: bytes, what: object = "") -> None:
    """A payload of packed uniform bits; its last byte may hold padding and is left out."""
    whole = np.frombuffer(payload, np.uint8)[:-1]
    assert_uniform(whole, 256, what)
    for bit, column in enumerate(np.unpackbits(whole[:, None], axis=1).T):
        assert_fair(column, (what, bit))


def assert_unrelated(one: NDArray[np.generic], two: NDArray[np.generic], size: int, what: object = "") -> None:
    """Two independent draws of values uniform on 0..size-1: as many agree as by chance."""
    assert_rate(int(np.sum(one == two)), one.size, 1 / size, what)
