"""A head of a few hundred vertices in the packed format of the face model: an egg with eyeballs and a few shapes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training.rendered.expression import SIDED
from training.rendered.parts import PARTS

ROWS, COLUMNS = 25, 32
BOTH = ("jawOpen", "mouthPucker")


def egg(radii: tuple[float, float, float], middle: tuple[float, float, float], rows: int, columns: int):  # type: ignore[no-untyped-def]
    """Vertices [rows * columns, 3] and quads, counter-clockwise from outside, seam closed, open at the poles."""
    up = np.linspace(0.06, np.pi - 0.06, rows)[:, None]
    around = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    unit = np.stack([np.sin(up) * np.sin(around), np.cos(up) + 0 * around, np.sin(up) * np.cos(around)], -1)
    vertices = (unit * radii + middle).reshape(-1, 3)
    at = np.arange(rows * columns).reshape(rows, columns)
    right = np.roll(at, -1, 1)
    quads = np.stack([at[:-1], at[1:], right[1:], right[:-1]], -1).reshape(-1, 4)
    return vertices, quads


def write_tiny(folder: Path, **changed: np.ndarray) -> Path:
    """folder/ict_face.npz; arrays may be changed, to spoil them."""
    pieces = {name: egg((1.2, 0.8, 0.8), (0.0, -3.4, 6.0), 4, 6) for name in PARTS}
    pieces["head_neck"] = egg((7.4, 10.6, 7.8), (0.0, 3.0, -0.4), 9, 12)
    pieces["face"] = egg((7.8, 11.0, 9.6), (0.0, 3.0, 0.0), ROWS, COLUMNS)
    for side, x in (("left", 3.1), ("right", -3.1)):
        pieces[f"sclera_{side}"] = egg((1.4, 1.4, 1.4), (x, 3.5, 8.6), 9, 12)
    vertices, faces, part_vertices, part_faces = [], [], [], []
    first = face = 0
    for name in PARTS:
        points, quads = pieces[name]
        vertices.append(points)
        faces.append(quads + first)
        part_vertices.append((first, first + len(points)))
        part_faces.append((face, face + len(quads)))
        first, face = first + len(points), face + len(quads)
    neutral = np.concatenate(vertices).astype(np.float32)
    names = sorted({f"{shape}_{side}" for shapes in SIDED.values() for shape in shapes for side in "LR"}
                   | {"mouthStretch_L", "mouthStretch_R", *BOTH})  # fmt: skip
    rng = np.random.default_rng(6)
    shapes = np.stack([_dent(neutral, rng) for _ in names])
    arrays = {
        "neutral": neutral,
        "faces": np.concatenate(faces).astype(np.int32),
        "identities": rng.normal(0, 0.05, (4, len(neutral), 3)).astype(np.float16),
        "expressions": shapes.astype(np.float16),
        "expression_names": np.array(names),
        "part_names": np.array(list(PARTS)),
        "part_vertices": np.array(part_vertices, np.int32),
        "part_faces": np.array(part_faces, np.int32),
        "landmarks68": np.arange(68, dtype=np.int32) + ROWS * COLUMNS // 2,
    }
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "ict_face.npz", **(arrays | changed))
    return folder


def _dent(neutral: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A move of what is near one place of the front."""
    place = np.array((rng.uniform(-4, 4), rng.uniform(-3, 7), 8.0))
    near = np.exp(-((neutral - place) ** 2).sum(1) / 6)
    return near[:, None] * rng.normal(0, 1, 3)
