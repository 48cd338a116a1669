"""How many leaky triples one secure triple takes, and how they are grouped.

Of L B leaky triples a cheater spoils k, each being noticed with a chance of 1/2, and has a use of it if one of L random
buckets of B holds spoilt ones alone: expected L C(k, B) / C(L B, B) of them. So it gains something with a chance of at
most the largest, over k, of 2^-k L C(k, B) / C(L B, B) (TinyOT, CRYPTO 2012, appendix; Wang, Ranellucci, Katz, eprint
2017/030, section 4.2).
"""

from __future__ import annotations

from functools import lru_cache
from math import comb, log2

import numpy as np
from numpy.typing import NDArray

from snni import _aes
from snni.errors import ParameterError

STATISTICAL_BITS = 40
MOST = 16


def soundness_bits(buckets: int, size: int) -> float:
    """-log2 of a cheater's chance, of so many buckets of this size. C(k, B) / 2^k
    falls from k = 2 B - 1 on, so more than 3 B spoilt ones are no better."""
    total = log2(comb(buckets * size, size)) - log2(buckets)
    return min(total + k - log2(comb(k, size)) for k in range(size, min(3 * size, buckets * size) + 1))


@lru_cache(maxsize=256)
def bucket_size(buckets: int, bits: int = STATISTICAL_BITS) -> int:
    """The smallest that leaves a cheater 2^-bits. Raises ParameterError: so few buckets that none does."""
    for size in range(2, MOST + 1):
        if soundness_bits(buckets, size) >= bits:
            return size
    raise ParameterError(f"{buckets} triples are too few to be made together")


def shuffled(count: int, seed: bytes) -> NDArray[np.int64]:
    """A permutation of count, from a seed that serves once: the order of 128-bit keys."""
    keys = _aes.prg_words(seed, 0, 4 * count, 32).view(np.uint64).reshape(count, 2)
    return np.lexsort((keys[:, 0], keys[:, 1]))
