"""Crops of one format (faces.crop) for a network that takes another: a wide crop holds the close one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faces.crop import CLOSE, WIDE, closer, margin_of
from training.errors import InputError


def recut(crop: NDArray[np.uint8], have: str | None, want: str) -> NDArray[np.uint8]:
    """uint8 [S, S, 3] of format `have`, None where nobody said, as a network of format `want` takes it.

    Raises:
        InputError: it shows less than the network wants to see.
    """
    if have == WIDE and want == CLOSE:
        return np.asarray(closer(crop), np.uint8)
    if have == CLOSE and want != CLOSE:
        raise InputError(f"the network takes {want} crops, these are {CLOSE}, without a margin about the face")
    return crop


def format_of(drawn: Path) -> str:
    """Of crops that training.data.build wrote, as its file says. Raises OSError, ValueError: not such a file."""
    with np.load(drawn) as arrays:
        margin = float(arrays["margin"]) if "margin" in arrays else margin_of(WIDE)
    return CLOSE if margin == 0.0 else WIDE
