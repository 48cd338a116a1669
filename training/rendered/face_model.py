"""ICT FaceKit's linear face model, read from the folder that a user holds (R. Li et al., arXiv 2004.03458; MIT).

    FaceXModel/generic_neutral_mesh.obj, identity000.obj ..., browDown_L.obj ...    as published, an OBJ a shape
    ict_face.npz                                                                    the same in one file

vertex = neutral + sum of identity weights times modes + sum of expression weights times shapes; lengths in centimetres,
x to the person's left, y up, z forward. Identity weights are standard normal; none of the modes is a person.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.rendered.errors import FaceModelError
from training.rendered.obj import read_folder
from training.rendered.parts import LANDMARKS, PARTS, Part

Floats = NDArray[np.float32]
Halves = NDArray[np.float16]
Ints = NDArray[np.int32]
PACKED = "ict_face.npz"
ARRAYS = ("neutral", "faces", "identities", "expressions", "expression_names")


@dataclass(frozen=True)
class FaceModel:
    """Attributes:
    neutral: float32 [V, 3], cm. faces: int32 [F, 4], counter-clockwise from outside; a triangle has -1 in the last.
    identities: float16 [modes, V, 3]. expressions: float16 [shapes, V, 3]; names: of these, L is the person's left.
    parts: by name, ranges of vertices and of faces. landmarks: int [68], vertices.
    """

    neutral: Floats
    faces: Ints
    identities: Halves
    expressions: Halves
    names: tuple[str, ...]
    parts: dict[str, Part]
    landmarks: tuple[int, ...]

    @cached_property
    def triangles(self) -> Ints:
        """Every face as one or two triangles, int32 [T, 3]: first triangles of all faces, then the second ones."""
        quads = self.faces[:, 3] >= 0
        return np.concatenate([self.faces[:, :3], self.faces[quads][:, [0, 2, 3]]]).astype(np.int32)

    @cached_property
    def triangle_face(self) -> Ints:
        """The face that each triangle is of, int32 [T]."""
        quads = np.flatnonzero(self.faces[:, 3] >= 0)
        return np.concatenate([np.arange(len(self.faces)), quads]).astype(np.int32)

    def person(self, weights: Floats) -> Floats:
        """The face at rest of identity weights, float32 [at most modes]: float32 [V, 3]."""
        moved = np.tensordot(weights.astype(np.float32), self.identities[: len(weights)].astype(np.float32), 1)
        return np.asarray(self.neutral + moved, np.float32)

    def moved(self, person: Floats, shapes: dict[str, float]) -> Floats:
        """A person with expression shapes by name, weights 0..1.5: float32 [V, 3]. Raises KeyError: no such shape."""
        index = {name: row for row, name in enumerate(self.names)}
        found = person.copy()
        for name, weight in shapes.items():
            if weight:
                found += np.float32(weight) * self.expressions[index[name]].astype(np.float32)
        return found


def load_face_model(folder: Path) -> FaceModel:
    """Of a folder as published, of one with ict_face.npz, or of a checkout that holds FaceXModel.

    Raises:
        FaceModelError: it is none of these, or a file cannot be read.
    """
    for place in (folder, folder / "FaceXModel"):
        if (place / PACKED).is_file():
            return _packed(place / PACKED)
        if (place / "generic_neutral_mesh.obj").is_file():
            neutral, faces, identities, expressions, names = read_folder(place)
            return FaceModel(neutral, faces, identities, expressions, names, PARTS, _landmarks(neutral, place))
    raise FaceModelError(folder, f"holds neither {PACKED} nor generic_neutral_mesh.obj")


def _packed(path: Path) -> FaceModel:
    try:
        with np.load(path, allow_pickle=False) as found:
            arrays = {name: found[name] for name in ARRAYS}
            parts = dict(PARTS)
            if "part_names" in found:
                rows = zip(found["part_names"], found["part_vertices"], found["part_faces"], strict=True)
                parts = {str(name): Part((int(v[0]), int(v[1])), (int(f[0]), int(f[1]))) for name, v, f in rows}
            marks = tuple(int(one) for one in found["landmarks68"]) if "landmarks68" in found else LANDMARKS
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise FaceModelError(path, f"is no packed face model ({type(error).__name__})") from error
    names = tuple(str(name) for name in arrays["expression_names"])
    model = FaceModel(arrays["neutral"].astype(np.float32), arrays["faces"].astype(np.int32),
                      arrays["identities"].astype(np.float16), arrays["expressions"].astype(np.float16),
                      names, parts, marks)  # fmt: skip
    vertices = len(model.neutral)
    if (model.identities.shape[1:] != (vertices, 3) or model.expressions.shape != (len(names), vertices, 3)
            or model.faces.max() >= vertices or max(marks) >= vertices):  # fmt: skip
        raise FaceModelError(path, "its arrays do not fit each other")
    return model


def _landmarks(neutral: Floats, place: Path) -> tuple[int, ...]:
    if max(LANDMARKS) >= len(neutral):
        raise FaceModelError(place, "has fewer vertices than its landmarks need")
    return LANDMARKS
