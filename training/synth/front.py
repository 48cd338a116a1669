"""What is in front of a face: a mask or a tube, a hand, a blanket drawn up, a pillow it is sunk into.

The truth about the face stays as it is: a covered action unit is still done, and still counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.synth.hands import GESTURES
from training.synth.masks import MASKS

KINDS = {
    "cannula": 0.2, "oxygen": 0.12, "surgical": 0.08, "cheek": 0.15, "mouth": 0.06, "eye": 0.06, "spoon": 0.07,
    "blanket": 0.14, "pillow": 0.12,
}  # fmt: skip
"""How often each, among faces with something in front of them; most leave most of the face to be seen."""


@dataclass(frozen=True)
class Front:
    """Attributes:
    mask: one of masks.MASKS, or none.
    hand: one of hands.GESTURES, or none; side: -1 from the picture's left, 1 from its right.
    reach: how far the hand has come, 0..1.
    blanket: 0 (at the chest) .. 1 (over the lower lip).
    pillow: -1..1: how far the face is sunk into one, on the picture's left or right.

    Raises:
        ValueError: one is none of these.
    """

    mask: str = ""
    hand: str = ""
    side: float = 1.0
    reach: float = 1.0
    blanket: float = 0.0
    pillow: float = 0.0

    def __post_init__(self) -> None:
        if self.mask and self.mask not in MASKS:
            raise ValueError(f"mask must be one of {', '.join(MASKS)}, got {self.mask!r}")
        if self.hand and self.hand not in GESTURES:
            raise ValueError(f"hand must be one of {', '.join(GESTURES)}, got {self.hand!r}")
        if abs(self.side) != 1 or not (0 <= self.reach <= 1 and 0 <= self.blanket <= 1 and -1 <= self.pillow <= 1):
            raise ValueError(f"a part of it is out of range: {self}")

    @classmethod
    def of(cls, kind: str, rng: np.random.Generator) -> Front:
        """One of KINDS, to a degree drawn at random. Raises KeyError for another kind."""
        KINDS[kind]
        side = float(rng.choice((-1.0, 1.0)))
        if kind in MASKS:
            return cls(mask=kind)
        if kind == "blanket":
            return cls(blanket=rng.uniform(0.35, 1.0))
        if kind == "pillow":
            return cls(pillow=side * rng.uniform(0.2, 1.0))
        return cls(hand=kind, side=side, reach=rng.uniform(0.88, 1.0))

    @classmethod
    def random(cls, rng: np.random.Generator) -> tuple[str, Front]:
        """A kind, as often as KINDS says, and one of it."""
        kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
        return kind, cls.of(kind, rng)
