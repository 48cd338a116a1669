"""The order in which people expect names: numbers in them by their value, so that room 2 comes before room 10."""

from __future__ import annotations

import re
from functools import lru_cache

NameOrder = tuple[tuple[tuple[int, str], ...], str]

_NUMBER = re.compile(r"(\d+)")
"""Of any script: they have the same value."""


@lru_cache(maxsize=8192)
def by_name(name: str) -> NameOrder:
    """A key to sort by. Capitals do not count, but between names that differ by nothing else."""
    parts = (part for part in _NUMBER.split(name.casefold()) if part)
    return tuple((int(part), "") if _NUMBER.fullmatch(part) else (-1, part) for part in parts), name
