"""OBJ files of one topology: the neutral mesh with its polygons, and the vertices of every other shape."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.rendered.errors import FaceModelError
from training.rendered.parts import LEFT_OUT_FACES, LEFT_OUT_VERTICES, SOURCE_FACES, SOURCE_VERTICES

NEUTRAL, IDENTITY = "generic_neutral_mesh", "identity"
SMALLEST_CM = 0.0002
"""Of an expression's moves: smaller ones are the files' rounding."""
Floats = NDArray[np.float32]
Read = tuple[Floats, NDArray[np.int32], NDArray[np.float16], NDArray[np.float16], tuple[str, ...]]


def read_folder(folder: Path) -> Read:
    """Neutral [V, 3], faces [F, 4], identities [n, V, 3], expressions [m, V, 3] and their names, in order of name.

    Raises:
        FaceModelError: a file is no OBJ, or of another topology.
    """
    neutral, faces = read_mesh(folder / f"{NEUTRAL}.obj")
    if (len(neutral), len(faces)) != (SOURCE_VERTICES, SOURCE_FACES):
        raise FaceModelError(folder, f"{NEUTRAL}.obj has {len(neutral)} vertices and {len(faces)} polygons, "
                             f"not {SOURCE_VERTICES} and {SOURCE_FACES}")  # fmt: skip
    paths = sorted(path for path in folder.glob("*.obj") if path.stem != NEUTRAL)
    identities = [path for path in paths if path.stem.startswith(IDENTITY)]
    expressions = [path for path in paths if not path.stem.startswith(IDENTITY)]
    if not identities or not expressions:
        raise FaceModelError(folder, "has no identityNNN.obj or no expression's .obj")
    with ThreadPoolExecutor(2) as pool:
        moves = list(pool.map(lambda path: _kept(_vertices(path, len(neutral)) - neutral), paths))
    of = dict(zip(paths, moves, strict=True))
    shapes = np.stack([of[path] for path in expressions])
    shapes[np.abs(shapes) < SMALLEST_CM] = 0
    return (_kept(neutral), _renumbered(faces), np.stack([of[path] for path in identities]).astype(np.float16),
            shapes.astype(np.float16), tuple(path.stem for path in expressions))  # fmt: skip


def read_mesh(path: Path) -> tuple[Floats, NDArray[np.int32]]:
    """Vertices float32 [V, 3] and faces int32 [F, 4] of an OBJ of triangles and quads. Raises FaceModelError."""
    faces = []
    try:
        lines = path.read_text(encoding="ascii").splitlines()
        for line in lines:
            if line.startswith("f "):
                corners = [int(word.split("/")[0]) - 1 for word in line.split()[1:]]
                faces.append([*corners, -1] if len(corners) == 3 else corners[:4])
        found = np.array(faces, np.int32).reshape(-1, 4)
    except (OSError, ValueError, IndexError) as error:
        raise FaceModelError(path, f"is no OBJ of triangles and quads ({type(error).__name__})") from error
    return _of_lines(path, lines), found


def _vertices(path: Path, count: int) -> Floats:
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError) as error:
        raise FaceModelError(path, f"cannot be read ({type(error).__name__})") from error
    found = _of_lines(path, lines)
    if len(found) != count:
        raise FaceModelError(path, f"has {len(found)} vertices, not {count}")
    return found


def _of_lines(path: Path, lines: list[str]) -> Floats:
    words = " ".join(line[2:] for line in lines if line.startswith("v "))
    try:
        return np.array(words.split(), np.float32).reshape(-1, 3)
    except ValueError as error:
        raise FaceModelError(path, "has a vertex that is not three numbers") from error


def _kept(vertices: Floats) -> Floats:
    first, past = LEFT_OUT_VERTICES
    return np.concatenate([vertices[:first], vertices[past:]])


def _renumbered(faces: NDArray[np.int32]) -> NDArray[np.int32]:
    first, past = LEFT_OUT_FACES
    kept = np.concatenate([faces[:first], faces[past:]])
    return np.where(kept >= LEFT_OUT_VERTICES[1], kept - (LEFT_OUT_VERTICES[1] - LEFT_OUT_VERTICES[0]), kept)
