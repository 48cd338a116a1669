"""Hair as a shell about the scalp: the head's own skin, lifted along its normals where hair grows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.rendered.face_model import FaceModel, Floats, Ints
from training.synth.identity import Identity

THICK_CM = {"bald": 0.0, "receding": 0.5, "short": 0.8, "parted": 1.6, "long": 2.0}
"""At the crown."""
GROWN = 0.12
"""From this density on, 0..1, a vertex has hair."""


@dataclass(frozen=True)
class Shell:
    """vertices: int [n], those lifted, of the face model. lift: float32 [n], cm. triangles: int32 [T, 3], of them.

    density: float32 [n], 0 where hair ends.
    """

    vertices: NDArray[np.intp]
    lift: Floats
    density: Floats
    triangles: Ints


def shell_of(model: FaceModel, who: Identity) -> Shell | None:
    """Where the person's hair is; None for a bald one."""
    thick = THICK_CM[who.hair_style]
    if thick <= 0:
        return None
    density = _density(model.neutral, who)
    parts = (model.parts["face"], model.parts["head_neck"])
    outside = np.zeros(len(density), bool)
    for part in parts:
        outside[slice(*part.vertices)] = True
    density[~outside] = 0
    grown = density > GROWN
    within = np.isin(model.triangle_face, np.concatenate([np.arange(*part.faces) for part in parts]))
    kept = within & grown[model.triangles].any(1)
    used, numbered = np.unique(model.triangles[kept], return_inverse=True)
    rng = np.random.default_rng([who.seed, 44])
    crown = 0.35 + 0.65 * np.clip((model.neutral[used, 1] - 3) / 9, 0, 1)
    waves = 1 + 0.12 * np.sin(model.neutral[used] @ rng.normal(0, 0.9, (3, 4)) + rng.uniform(0, 6, 4)).sum(1) / 2
    lift = thick * rng.uniform(0.8, 1.25) * crown * waves * np.clip(density[used] * 1.4, 0, 1) ** 0.7
    return Shell(used.astype(np.intp), lift.astype(np.float32), density[used].astype(np.float32),
                 numbered.reshape(-1, 3).astype(np.int32))  # fmt: skip


def _density(rest: Floats, who: Identity) -> Floats:
    """0..1 on the mean face, float32 [V]: above a line from the forehead over the temples to the nape."""
    x, y, z = np.abs(rest[:, 0]), rest[:, 1], rest[:, 2]
    front = np.full_like(x, 10.6 - 2.2 * (who.hairline + 1.1))
    if who.hair_style == "receding":
        front = front + 2.2 - 0.25 * (x - 4.5)
    front = front - 0.06 * (x - 2) ** 2 * (x > 2)
    nape = -7.5 if who.hair_style == "long" else -2.5
    temple = 4.2 if who.hair_style != "long" else 2.0
    line = np.interp(z, (-9, -3.5, -1.0, 2.2, 4.6), (nape, nape + 1, temple, temple + 0.8, 11.0))
    line = np.where(z > 4.0, np.maximum(line, front), np.where(z > 2.2, np.minimum(line, front), line))
    return np.asarray(np.clip((y - line) / 1.4 + 0.3, 0, 1), np.float32)
