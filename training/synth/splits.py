"""Which seeds belong to which use. Identities are drawn from seeds, so disjoint ranges are disjoint people."""

from __future__ import annotations

TRAIN = range(0, 100_000)
VALIDATION = range(100_000, 200_000)
TEST = range(200_000, 300_000)
DEMO = range(300_000, 400_000)
"""Of the demonstration's videos, which no network was trained or measured on."""

SPLITS = {"train": TRAIN, "validation": VALIDATION, "test": TEST, "demo": DEMO}


def seed_of(split: str, number: int) -> int:
    """The seed of the number-th identity of a split. Raises KeyError, or IndexError when the range has no such."""
    return SPLITS[split][number]
