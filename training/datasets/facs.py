"""UNBC-McMaster's label files: action units of a frame, its PSPI, and one number a sequence.

FACS files have a row "AU intensity x x" for each action unit coded; an empty one means that none was seen. PSPI files
have one number. The score: Prkachin and Solomon, Pain 139(2), 2008 (training.synth.units).
"""

from __future__ import annotations

import math
from pathlib import Path

from training.datasets.labels import TOP_PSPI
from training.synth.units import ActionUnits

SCORED = (4, 6, 7, 9, 10)
EYES_CLOSED = 43
CODED = (4, 6, 7, 9, 10, 12, 20, 25, 26, 27, 43, 50)
"""What rows may name; the score needs six of them."""


def units_of(path: Path) -> dict[int, float]:
    """Action unit to intensity, of a FACS file; empty where the file is.

    AU43 is there or not: its intensity is not looked at by pspi_of.

    Raises:
        ValueError: says which line is not "AU intensity ..." with an intensity of 0..5, or names an AU twice.
        OSError: the file cannot be read.
    """
    units: dict[int, float] = {}
    for number, line in enumerate(path.read_text(encoding="ascii", errors="replace").splitlines(), 1):
        words = line.split()
        if not words:
            continue
        try:
            unit, intensity = float(words[0]), float(words[1])
        except (ValueError, IndexError):
            raise ValueError(f"line {number} is not numbers: AU, intensity, ...") from None
        if unit not in CODED or not 0 <= intensity <= 5 or unit in units:
            raise ValueError(f"line {number}: AU {words[0]} of intensity {words[1]} is unknown, out of 0..5, or twice")
        units[int(unit)] = intensity
    return units


def pspi_of(units: dict[int, float]) -> int:
    """AU4 + max(AU6, AU7) + max(AU9, AU10) + AU43, 0..16. Raises ValueError: an intensity is no whole number."""
    if any(units.get(unit, 0) != int(units.get(unit, 0)) for unit in SCORED):
        raise ValueError("an intensity is no whole number")
    amounts = {f"au{unit}": int(units.get(unit, 0)) for unit in SCORED}
    return ActionUnits(**amounts, au43=int(EYES_CLOSED in units)).pspi


def number_in(path: Path) -> float:
    """The one number of a file. Raises ValueError: there is another count of words, or no finite number; OSError."""
    words = path.read_text(encoding="ascii", errors="replace").split()
    if len(words) != 1:
        raise ValueError(f"holds {len(words)} words, not one number")
    value = float(words[0])
    if not math.isfinite(value):
        raise ValueError("is not a finite number")
    return value


def pspi_in(path: Path) -> int:
    """The PSPI of a PSPI file. Raises ValueError: it is no whole number 0..16; OSError."""
    value = number_in(path)
    if value != int(value) or not 0 <= value <= TOP_PSPI:
        raise ValueError(f"{value:g} is no PSPI, a whole number 0..{TOP_PSPI}")
    return int(value)
