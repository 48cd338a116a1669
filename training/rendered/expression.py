"""What muscles do (training.synth.units) as weights of the face model's shapes, a little lopsided as faces are.

The weights were chosen by eye on renders, until each action unit looks as the Facial Action Coding System describes it
(P. Ekman, W. V. Friesen, J. C. Hager, 2002): some shapes are weak at 1, others bring what is another unit's along.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from training.synth.units import Movement

SIDED: Mapping[str, Mapping[str, float]] = {
    "au4": {"browDown": 1.35},
    "au6": {"cheekSquint": 1.3, "eyeSquint": 0.45},
    "au7": {"eyeSquint": 1.4, "eyeBlink": 0.24},
    "au9": {"noseSneer": 0.9, "browDown": 0.25, "mouthUpperUp": -0.18},
    "au10": {"mouthUpperUp": 0.72, "noseSneer": 0.1},
    "au12": {"mouthSmile": 0.9, "mouthDimple": 0.15},
}
"""Of each side, at full movement."""
SNEER_AND_LIP = 1.25
"""The most that noseSneer and mouthUpperUp have together: above it the lip passes through the nose."""
CLOSED = 1.07
"""The most that eyeBlink has: at 1 some people's lids do not meet."""
SQUINT_OF_CLOSED = 0.6
"""The most that eyeSquint has of a closed eye."""
LARGEST = 1.7
"""Of any shape: further out a face tears."""
LOPSIDED = 0.06
MOBILITY = (0.8, 1.2)


def shape_weights(move: Movement, who: int, shot: int) -> dict[str, float]:
    """Weights by shape's name, in -0.3..1.7.

    Args:
        move: every amount 0..1.
        who: a person's seed: how mobile the face is. shot: of the small differences between the sides.
    """
    mobility = float(np.random.default_rng([who, 41]).uniform(*MOBILITY))
    tilt = np.random.default_rng([who, shot, 42]).normal(0, LOPSIDED, 3)
    found: dict[str, float] = {}
    for side, sign in (("L", 1.0), ("R", -1.0)):
        own: dict[str, float] = {}
        for index, (unit, shapes) in enumerate(SIDED.items()):
            amount = getattr(move, unit) * mobility * (1 + sign * tilt[index % 3])
            for shape, weight in shapes.items():
                own[shape] = own.get(shape, 0.0) + amount * weight
        own["eyeBlink"] = min(CLOSED, own.get("eyeBlink", 0.0) + CLOSED * move.closure)
        own["eyeSquint"] = min(own["eyeSquint"], 1.5 - (1.5 - SQUINT_OF_CLOSED) * move.closure)
        both = own["noseSneer"] + max(0.0, own["mouthUpperUp"])
        if both > SNEER_AND_LIP:
            own["noseSneer"] *= SNEER_AND_LIP / both
            own["mouthUpperUp"] *= SNEER_AND_LIP / both
        if move.stretch > 0:
            own["mouthStretch"] = 0.7 * move.stretch
        found |= {f"{shape}_{side}": min(weight, LARGEST) for shape, weight in own.items()}
    found["jawOpen"] = 0.65 * move.jaw
    if move.stretch < 0:
        found["mouthPucker"] = -0.7 * move.stretch
    return found
