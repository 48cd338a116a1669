"""The law of a video's label: what any suite computes from the scores of its selected frames, in integers.

PPVC (Pentyala, Dowsley, De Cock, ICML 2021), section 4.3: per frame the approximate softmax of SecureML (Mohassel,
Zhang, eprint 2017/396, section 4.1.3), relu(u_j) / sum relu(u_i), or 1 / C where the sum is 0; summed over frames; the
class of the largest sum. The quotient here: the sum T is brought to [2^(B-1), 2^B) by a power of two, its 10 leading
bits index a table of reciprocals, and the numerators are brought along, 12 bits kept. Both truncations err by chance as
SiRNN's do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from snni.errors import ParameterError
from snni.model.error_law import TWO_SHARES, ErrorLaw
from snni.model.integers import Integers, centred

RING_BITS = 32
"""Z_2^32: every value of the softmax is of this ring."""
INDEX_BITS = 10
NUMERATOR_BITS = 12
RECIPROCAL_BITS = 10
ONE = 1 << (NUMERATOR_BITS + RECIPROCAL_BITS)
"""A probability of 1, about."""


@dataclass(frozen=True)
class LabelLaw:
    """scores: ring bits of a frame's scores. classes: C. frames: n of one video, 1 to 64.

    Raises ParameterError: the sums do not fit the ring.
    """

    MOST_FRAMES: ClassVar = 64
    score_bits: int
    classes: int
    frames: int

    def __post_init__(self) -> None:
        if not 2 <= self.classes <= 64 or not 1 <= self.frames <= self.MOST_FRAMES:
            raise ParameterError(f"{self.classes} classes of {self.frames} frames; 2 to 64 classes, 1 to 64 frames")
        if self.sum_bits + 3 > RING_BITS or self.sum_bits < NUMERATOR_BITS:
            raise ParameterError(
                f"scores of {self.score_bits} bits in {self.classes} classes do not fit a label's ring"
            )

    @property
    def sum_bits(self) -> int:
        """B: a sum of ReLUs is below 2^B."""
        return self.score_bits - 1 + math.ceil(math.log2(self.classes))

    @property
    def window(self) -> int:
        """Ring bits in which summed probabilities differ."""
        return NUMERATOR_BITS + RECIPROCAL_BITS + 2 + math.ceil(math.log2(self.frames))

    @property
    def equal_share(self) -> int:
        """1 / C."""
        return ONE // self.classes


def reciprocals() -> NDArray[np.uint32]:
    """By the leading bits t of a normalised sum, uint32 [2^(INDEX_BITS + 1)]: round(2^(INDEX_BITS + RECIPROCAL_BITS) /
    t) for 2^(INDEX_BITS - 1) <= t <= 2^INDEX_BITS, else 0."""
    t = np.arange(2 << INDEX_BITS, dtype=np.int64)
    inside = (t >= 1 << (INDEX_BITS - 1)) & (t <= 1 << INDEX_BITS)
    top = 1 << (INDEX_BITS + RECIPROCAL_BITS)
    return np.where(inside, (top + t // 2) // np.maximum(t, 1), 0).astype(np.uint32)


def probabilities(
    law: LabelLaw, scores: Integers, rng: np.random.Generator | None = None, errors: ErrorLaw = TWO_SHARES
) -> Integers:
    """Approximate softmax of scores int64 [n, C] in units of 1 / ONE; by chance with rng, else rounding half up.

    errors: how the suite that computes it truncates.
    """
    positive = np.maximum(centred(scores, law.score_bits), 0)
    total = positive.sum(axis=1)
    lengths = np.array([int(value).bit_length() for value in total])
    factor = np.left_shift(1, law.sum_bits - lengths)
    leading = errors.truncated(total * factor, law.sum_bits - INDEX_BITS, RING_BITS, rng)
    numerators = errors.truncated(positive * factor[:, None], law.sum_bits - NUMERATOR_BITS, RING_BITS, rng)
    quotients = numerators * reciprocals().astype(np.int64)[np.where(total > 0, leading, 0)][:, None]
    return np.where(total[:, None] > 0, quotients, law.equal_share)


def label(law: LabelLaw, scores: Integers, rng: np.random.Generator | None = None) -> int:
    """The class of the largest summed probability of frames' scores int64 [n, C], the lowest of equals."""
    return int(np.argmax(probabilities(law, scores, rng).sum(axis=0)))
