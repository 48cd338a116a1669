"""Action units drawn at random for a wanted level, and what else faces do meanwhile."""

from __future__ import annotations

import numpy as np

from training.synth.units import TOP_LEVEL, ActionUnits

CAPS = (5, 5, 5, 1)
"""The most that each term of the PSPI can add: AU4, max(AU6, AU7), max(AU9, AU10), AU43."""

LOPSIDED = 0.25
"""How often one term has nearly all of the score: a strong unit by itself is rare otherwise, and is pain as well."""


def units_for(level: int, rng: np.random.Generator) -> ActionUnits:
    """Action units whose level is exactly `level`.

    A face without pain smiles, talks, yawns and is caught half-way through a blink, more often than one in pain.

    Raises ValueError unless 0 <= level <= 3.
    """
    if not 0 <= level <= TOP_LEVEL:
        raise ValueError(f"level must be 0..{TOP_LEVEL}, got {level}")
    brow, lids, nose, eyes = _terms(level if level < TOP_LEVEL else _strong(rng), rng)
    au6, au7 = _pair(lids, rng)
    au9, au10 = _pair(nose, rng)
    calm = level == 0
    return ActionUnits(
        au4=brow, au6=au6, au7=au7, au9=au9, au10=au10, au43=eyes,
        au12=rng.uniform(0.5, 5.0) if rng.uniform() < (0.35 if calm else 0.12) else 0.0,
        jaw=rng.uniform(0.08, 1.0) if rng.uniform() < (0.35 if calm else 0.25) else 0.0,
        blink=rng.uniform(0.0, 0.4) if rng.uniform() < 0.1 and not eyes else 0.0,
        stretch=rng.uniform(-0.8, 0.8) if rng.uniform() < 0.4 else 0.0,
    )  # fmt: skip


def _strong(rng: np.random.Generator) -> int:
    """A PSPI of 3..16; a third of them close to the boundary."""
    return int(rng.integers(3, 5)) if rng.uniform() < 0.35 else int(rng.integers(5, 15))


def _terms(total: int, rng: np.random.Generator) -> list[int]:
    """The PSPI's four terms, summing to total, none over its cap; any split can come up."""
    terms = [0, 0, 0, 0]
    favour = rng.dirichlet(np.array((1.0, 1.0, 1.0, 0.8)) * (0.25 if rng.uniform() < LOPSIDED else 1.0))
    for _ in range(total):
        room = np.array([term < cap for term, cap in zip(terms, CAPS, strict=True)])
        weights = (favour + 0.02) * room
        terms[int(rng.choice(4, p=weights / weights.sum()))] += 1
    return terms


def _pair(top: int, rng: np.random.Generator) -> tuple[int, int]:
    """Two intensities of which the larger is top."""
    other = int(rng.integers(0, top + 1)) if rng.uniform() < 0.6 else 0
    return (top, other) if rng.uniform() < 0.5 else (other, top)
