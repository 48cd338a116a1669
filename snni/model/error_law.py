"""How a suite errs: in which distribution its truncations and comparisons miss the ideal, and by how much at most.

A plan says what is computed; how shares are truncated and compared belongs to the suite that runs it, and with it where
results land between two integers. ``Reference`` takes a law, so that each suite is held to its own.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from snni.model.integers import Integers, centred


class ErrorLaw(Protocol):
    """Of one suite. Without a generator every method gives the value that the suite errs around, reproducibly."""

    @property
    def linear_units(self) -> int:
        """By how many units a convolution may be off."""
        ...

    def truncation_units(self, shift: int) -> int:
        """By how many units a truncation by ``shift`` bits may be off."""
        ...

    def comparison_units(self, ignored: int) -> int:
        """Up to how far from zero a comparison without its ``ignored`` low bits may be wrong."""
        ...

    def truncated(
        self, x: Integers, shift: int, ring_bits: int, rng: np.random.Generator | None = None, *, paired: bool = False
    ) -> Integers:
        """x / 2^shift in Z_2^(ring_bits - shift), centred. paired: one draw for all of x's first axis."""
        ...

    def passes(
        self, x: Integers, ignored: int, rng: np.random.Generator | None = None, *, paired: bool = False
    ) -> NDArray[np.bool_]:
        """The comparison's bit for x in its window: 1{x >= 0}, but for what it ignores."""
        ...


class TwoShares:
    """The law of values shared additively between two, each party truncating its own share.

    It holds for a client and a server as for two evaluators of masked values: the shares' low bits decide.
    """

    linear_units = 1

    def truncation_units(self, shift: int) -> int:
        """Exact multiples aside, the integer below or above."""
        return int(shift > 0)

    def comparison_units(self, ignored: int) -> int:
        """h = 2^(ignored - 1) - 1."""
        return sign_slack(ignored)

    def truncated(
        self, x: Integers, shift: int, ring_bits: int, rng: np.random.Generator | None = None, *, paired: bool = False
    ) -> Integers:
        """From drawn shares; without rng rounded half up.

        SiRNN (eprint 2021/459), truncate-and-reduce, with 2^shift - 1 added to the server's share: unbiased, multiples
        of 2^shift exact, otherwise the integer below or above.
        """
        if shift == 0:
            return centred(x, ring_bits)
        if rng is None:
            return centred((x + (1 << (shift - 1))) >> shift, ring_bits - shift)
        mask = (1 << ring_bits) - 1
        c = rng.integers(0, 1 << ring_bits, x.shape[1:] if paired else x.shape, dtype=np.int64)
        s = (x - c + (1 << shift) - 1) & mask
        return centred((c >> shift) + (s >> shift), ring_bits - shift)

    def passes(
        self, x: Integers, ignored: int, rng: np.random.Generator | None = None, *, paired: bool = False
    ) -> NDArray[np.bool_]:
        """1{x >= 0}, or with low bits dropped 1{x >= u - h}: u is uniform in [0, 2^ignored), the low bits of the share
        that is fixed first; without rng no bits are dropped."""
        if rng is None or not ignored:
            return x >= 0
        return x + sign_slack(ignored) >= rng.integers(0, 1 << ignored, x.shape[1:] if paired else x.shape)


TWO_SHARES = TwoShares()


def sign_slack(ignored: int) -> int:
    """h = 2^(ignored - 1) - 1: up to how far from zero a comparison without its low bits may be wrong."""
    return max(0, (1 << ignored >> 1) - 1)
