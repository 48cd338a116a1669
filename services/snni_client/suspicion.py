"""Whether answers to known pictures are wrong more often than rounding explains. Pure: no clock, no bus, no chance.

A bet against an edge whose answers are wrong with a chance of at most q each, whatever came before. At each answer the
stake of a bettor is multiplied by w / q if it is wrong, else by (1 - w) / (1 - q), w > q: on average by 1 at most. One
bettor starts at every answer, the k-th with 1 / (k (k + 1)), so that all stakes together start with 1 at most and an
edge that turns bad late is noticed as well as one that was always bad. Their sum is a non-negative supermartingale
(J. Ville, Etude critique de la notion de collectif, 1939): that it ever reaches 2^b has a chance of 2^-b at most.
"""

from __future__ import annotations

import math

from snni.errors import ParameterError

WRONG_OFTEN = 0.1
"""w: the edge that the bet is best against gives so many wrong answers."""
MOST_BY_ROUNDING = 0.02
"""Pictures that an honest edge may get wrong more often are of no use."""
ALARM_BITS = 41.0
"""With the bound on q, which fails with 2^-41 (known_pictures.py), a false alarm has a chance of 2^-40 in all."""


class Suspicion:
    """rate: q, above 0. Raises ParameterError: above MOST_BY_ROUNDING."""

    def __init__(self, rate: float) -> None:
        if not 0 < rate <= MOST_BY_ROUNDING:
            raise ParameterError(f"rounding may make {rate:.2%} of answers wrong, too many to tell")
        self._wrong, self._right = WRONG_OFTEN / rate, (1 - WRONG_OFTEN) / (1 - rate)
        self._answers = 0
        self._stakes = 0.0

    def answered(self, right: bool) -> None:
        """One more answer."""
        self._answers += 1
        begun = self._stakes + 1 / (self._answers * (self._answers + 1))
        self._stakes = begun * (self._right if right else self._wrong)

    @property
    def bits(self) -> float:
        """How unlikely an honest edge's answers are, at most 0 for what is as it should be."""
        return math.log2(self._stakes) if self._stakes else 0.0

    @property
    def alarmed(self) -> bool:
        return self.bits >= ALARM_BITS
