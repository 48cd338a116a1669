"""The face model from either form of its folder; whatever is not one is refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.training.rendered.tiny_face import write_tiny
from training.rendered.errors import FaceModelError
from training.rendered.face_model import load_face_model
from training.rendered.parts import LEFT_OUT_VERTICES, PARTS, SOURCE_FACES, SOURCE_VERTICES


def write_obj(path: Path, vertices: np.ndarray, faces: np.ndarray | None = None) -> None:
    lines = ["# made by a test", *(f"v {x:.5f} {y:.5f} {z:.5f}" for x, y, z in vertices), "vt 0.1 0.2"]
    for face in faces if faces is not None else ():
        lines.append("f " + " ".join(f"{corner + 1}/1/1" for corner in face if corner >= 0))
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray, np.ndarray]:
    """A checkout with a mesh of the published counts, two identities and one expression; vertices; faces."""
    folder = tmp_path_factory.mktemp("checkout") / "FaceXModel"
    folder.mkdir()
    rng = np.random.default_rng(2)
    vertices = rng.normal(0, 5, (SOURCE_VERTICES, 3)).round(4)
    faces = np.stack([np.arange(SOURCE_FACES) + step for step in range(4)], 1)
    faces[7, 3] = -1
    write_obj(folder / "generic_neutral_mesh.obj", vertices, faces)
    for number in range(2):
        write_obj(folder / f"identity{number:03d}.obj", vertices + np.array((number + 1, 0, 0)))
    moved = vertices + np.array((0, 0.00005, 0))
    moved[12] += (0, 0.5, 0)
    write_obj(folder / "jawOpen.obj", moved)
    return folder, vertices, faces


def test_the_published_layout(published: tuple[Path, np.ndarray, np.ndarray]) -> None:
    folder, vertices, faces = published
    model = load_face_model(folder.parent)
    first, past = LEFT_OUT_VERTICES
    kept = np.delete(vertices, np.s_[first:past], 0)
    assert np.allclose(model.neutral, kept, atol=1e-5) and model.names == ("jawOpen",)
    assert len(model.faces) == PARTS["eyelashes_right"].faces[1]
    assert len(model.neutral) == PARTS["eyelashes_right"].vertices[1]
    assert model.faces[7].tolist() == [7, 8, 9, -1] and model.faces[3].tolist() == faces[3].tolist()
    assert np.allclose(model.identities[1], (2, 0, 0), atol=2e-3)
    assert np.allclose(model.person(np.array((1.0, 0.5), np.float32)), kept + np.array((2, 0, 0)), atol=5e-3)
    open_mouth = model.moved(model.neutral, {"jawOpen": 0.5}) - model.neutral
    assert open_mouth[12, 1] == pytest.approx(0.25, abs=1e-3) and np.count_nonzero(open_mouth) == 1
    assert len(model.triangles) == 2 * len(model.faces) - 1
    with pytest.raises(KeyError):
        model.moved(model.neutral, {"noSuchShape": 0.5})


def test_the_packed_file(tmp_path: Path) -> None:
    model = load_face_model(write_tiny(tmp_path))
    assert set(model.parts) == set(PARTS) and len(model.landmarks) == 68
    assert model.triangles.max() < len(model.neutral)
    ends = [part.faces[1] for part in model.parts.values()]
    assert ends == sorted(ends) and ends[-1] == len(model.faces)


def test_what_is_no_face_model(tmp_path: Path, published: tuple[Path, np.ndarray, np.ndarray]) -> None:
    with pytest.raises(FaceModelError, match=r"neither ict_face.npz nor generic_neutral_mesh.obj.*github.com/ICT-VGL"):
        load_face_model(tmp_path)
    with pytest.raises(FaceModelError, match="do not fit"):
        load_face_model(write_tiny(tmp_path / "unfit", identities=np.zeros((3, 5, 3), np.float16)))
    (tmp_path / "spoilt").mkdir()
    (tmp_path / "spoilt" / "ict_face.npz").write_bytes(b"no archive")
    with pytest.raises(FaceModelError, match="no packed face model"):
        load_face_model(tmp_path / "spoilt")
    other = tmp_path / "other"
    other.mkdir()
    write_obj(other / "generic_neutral_mesh.obj", np.zeros((8, 3)), np.array([[0, 1, 2, 3]]))
    with pytest.raises(FaceModelError, match="has 8 vertices and 1 polygons"):
        load_face_model(other)
    (other / "generic_neutral_mesh.obj").write_text("v 1 2\nf 1 2 x\n")
    with pytest.raises(FaceModelError, match="no OBJ of triangles and quads"):
        load_face_model(other)
