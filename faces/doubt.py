"""Why something in a picture gives no crop: the room says so instead of a level."""

from __future__ import annotations

from enum import StrEnum


class Doubt(StrEnum):
    """Reasons, the most telling first.

    TURNED_AWAY: a face, seen from further aside than can be judged.
    TOO_SMALL: a face, upright or not, with fewer pixels than can be judged.
    UNCLEAR: looks like a face, and does not stand the second look: hidden in part, a print, an animal, a hand.
    """

    TURNED_AWAY = "turned_away"
    TOO_SMALL = "too_small"
    UNCLEAR = "unclear"
