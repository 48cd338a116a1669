"""Numbers that a command is given: what makes no sense is said at once, not after minutes or by a traceback."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """The type of an argument that is a whole number from least to most. It raises argparse.ArgumentTypeError."""
    wanted = f"a whole number of {least} or more" if most is None else f"a whole number from {least} to {most}"

    def number(text: str) -> int:
        try:
            given = int(text)
        except ValueError:
            given = least - 1
        if given < least or (most is not None and given > most):
            raise argparse.ArgumentTypeError(f"{text}: {wanted} is wanted")
        return given

    return number


def real(least: float, most: float = math.inf) -> Callable[[str], float]:
    """The type of an argument that is a finite number from least to most. It raises argparse.ArgumentTypeError."""
    wanted = f"a number of {least:g} or more" if most == math.inf else f"a number from {least:g} to {most:g}"

    def number(text: str) -> float:
        given = _finite(text)
        if given is None or not least <= given <= most:
            raise argparse.ArgumentTypeError(f"{text}: {wanted} is wanted")
        return given

    return number


def positive(text: str) -> float:
    """The type of an argument that is a finite number above 0. Raises argparse.ArgumentTypeError."""
    given = _finite(text)
    if given is None or given <= 0:
        raise argparse.ArgumentTypeError(f"{text}: a number above 0 is wanted")
    return given


def _finite(text: str) -> float | None:
    try:
        given = float(text)
    except ValueError:
        return None
    return given if math.isfinite(given) else None
