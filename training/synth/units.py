"""Facial action units and the pain score that is defined on them.

Source: K. M. Prkachin, P. E. Solomon, "The structure, reliability and validity of pain expression: Evidence from
patients with shoulder pain", Pain 139(2), 2008. PSPI = AU4 + max(AU6, AU7) + max(AU9, AU10) + AU43, 0..16.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

TOP_LEVEL = 3
STRENGTH = (0.0, 0.42, 0.66, 0.82, 0.92, 1.0)
"""How much of an action unit's full movement is seen at intensity 0, A..E (0..5): concave, so that a trace shows."""


@dataclass(frozen=True)
class ActionUnits:
    """What the muscles of a face do.

    Attributes:
        au4, au6, au7, au9, au10: brow lowerer, cheek raiser, lid tightener, nose wrinkler, upper lip raiser; 0..5.
        au43: eyes closed, 0 or 1.
        au12: lip corner puller (a smile), 0..5; not part of the score.
        jaw: how far the mouth is open, 0..1 (talking, yawning); not part of the score.
        blink: closure of the lids on their way, 0..1; a blink is short and not AU43.
        stretch: lips pulled sideways, -1 (pursed)..1; not part of the score.
    """

    au4: int = 0
    au6: int = 0
    au7: int = 0
    au9: int = 0
    au10: int = 0
    au43: int = 0
    au12: float = 0.0
    jaw: float = 0.0
    blink: float = 0.0
    stretch: float = 0.0

    def __post_init__(self) -> None:
        for name in ("au4", "au6", "au7", "au9", "au10"):
            _require_integer(name, getattr(self, name), 5)
        _require_integer("au43", self.au43, 1)
        for name, low, high in (("au12", 0, 5), ("jaw", 0, 1), ("blink", 0, 1), ("stretch", -1, 1)):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must be {low}..{high}, got {getattr(self, name)}")

    @property
    def pspi(self) -> int:
        """Prkachin and Solomon's pain intensity, 0..16."""
        return self.au4 + max(self.au6, self.au7) + max(self.au9, self.au10) + self.au43

    @property
    def level(self) -> int:
        """PSPI 0, 1, 2 and 3 or more: 0..3."""
        return min(self.pspi, TOP_LEVEL)


@dataclass(frozen=True)
class Movement:
    """The same in continuous amounts, as drawn: every field 0..1 (stretch -1..1). Muscles never jump."""

    au4: float = 0.0
    au6: float = 0.0
    au7: float = 0.0
    au9: float = 0.0
    au10: float = 0.0
    au43: float = 0.0
    au12: float = 0.0
    jaw: float = 0.0
    blink: float = 0.0
    stretch: float = 0.0

    @classmethod
    def of(cls, units: ActionUnits) -> Movement:
        """The movement of units held still."""
        amounts = {name: STRENGTH[getattr(units, name)] for name in ("au4", "au6", "au7", "au9", "au10")}
        smile = units.au12 / 5
        return cls(
            **amounts, au43=float(units.au43), au12=smile, jaw=units.jaw, blink=units.blink, stretch=units.stretch
        )

    def toward(self, other: Movement, part: float) -> Movement:
        """A part (0..1) of the way to another."""
        return Movement(
            **{
                field.name: (1 - part) * getattr(self, field.name) + part * getattr(other, field.name)
                for field in fields(self)
            }
        )

    @property
    def closure(self) -> float:
        """How far the lids are closed by AU43 or a blink, 0..1."""
        return max(self.au43, self.blink)


def _require_integer(name: str, value: object, top: int) -> None:
    if not isinstance(value, int) or not 0 <= value <= top:
        raise ValueError(f"{name} must be an integer 0..{top}, got {value!r}")
