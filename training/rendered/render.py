"""A picture of a rendered face from its parameters: the same parameters give the same picture, to the bit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from training.rendered.expression import shape_weights
from training.rendered.eyes import eye_colour
from training.rendered.face_model import FaceModel, Floats, Ints
from training.rendered.hair import Shell, shell_of
from training.rendered.pose import Stand
from training.rendered.raster import rasterise
from training.rendered.shading import lit, shaded
from training.rendered.skin import Skin, to_sheet
from training.rendered.spectacles import draw_spectacles
from training.synth.identity import Identity
from training.synth.lens import Lens, Picture, expose
from training.synth.light import Light
from training.synth.plate import SCALE_PX, Plate
from training.synth.scene import Cover, draw_scene
from training.synth.units import ActionUnits, Movement

SIZE = (480, 640)
MODES, FURTHEST = 60, 2.3
"""Identity modes that are drawn, and how far, in standard deviations: further ones look like nobody."""
SKIN, HAIR, EYE, MOUTH, TEETH = range(5)
COVER, LYING_COVER = 3.0, 1.75
"""How far below the eyes the blanket begins, in distances between the pupils: of who sits up, of who lies on a side."""
KINDS = {"face": SKIN, "head_neck": SKIN, "eye_socket_left": MOUTH, "eye_socket_right": MOUTH, "mouth_socket": MOUTH,
         "gums_tongue": MOUTH, "teeth": TEETH, "sclera_left": EYE, "sclera_right": EYE}  # fmt: skip
"""What is rendered; irises are painted on the eyeballs, and lashes are left out: they pierce closing lids."""


@dataclass(frozen=True)
class RenderParams:
    """Everything in a picture; see training.synth.face.FaceParams. shot: of the small differences between sides."""

    identity: Identity
    movement: Movement = field(default_factory=Movement)
    stand: Stand = field(default_factory=Stand)
    light: Light = field(default_factory=Light)
    lens: Lens = field(default_factory=Lens)
    scene: int = 0
    gaze: tuple[float, float] = (0.0, 0.0)
    shot: int = 0

    @classmethod
    def random(cls, identity: Identity, units: ActionUnits, seed: int) -> RenderParams:
        """A face holding units, in a room, light and pose drawn from the seed."""
        rng = np.random.default_rng([seed, 45])
        gaze = (float(np.clip(rng.normal(0, 0.12), -0.4, 0.4)), float(np.clip(rng.normal(0, 0.07), -0.2, 0.2)))
        return cls(identity, Movement.of(units), Stand.random(rng), Light.random(rng), Lens.random(rng),
                   scene=int(rng.integers(2**31)), gaze=gaze, shot=seed)  # fmt: skip


class RenderStudio:
    """Renders many pictures of one person in one room: what does not move is made once."""

    def __init__(
        self, model: FaceModel, identity: Identity, light: Light, scene: int, size: tuple[int, int] = SIZE
    ) -> None:
        identity = identity.in_infrared() if light.infrared else identity
        self._model, self._who, self._light, self._size = model, identity, light, size
        weights = np.random.default_rng([identity.seed, 46]).normal(0, 1, min(MODES, len(model.identities)))
        self._person = model.person(np.clip(weights, -FURTHEST, FURTHEST).astype(np.float32))
        self._skin, self._shell = Skin(identity), shell_of(model, identity)
        self._sheet = to_sheet(model.neutral)
        faces = np.concatenate([np.arange(*model.parts[name].faces) for name in KINDS])
        kinds = np.concatenate([np.full(np.ptp(model.parts[name].faces), kind) for name, kind in KINDS.items()])
        of_face = np.full(len(model.faces), -1)
        of_face[faces] = kinds
        used = of_face[model.triangle_face] >= 0
        self._triangles = model.triangles[used]
        self._kind = of_face[model.triangle_face][used]
        self._room, self._cover = draw_scene(scene, light, size), Cover(scene, light, size)
        seen = (0.65 * light.lamp + light.room) * (0.6 * float(np.mean(identity.skin)) + 0.14)
        self._gain = np.float32(np.clip(0.27 / seen, 0.5, 2.2))

    def picture(self, params: RenderParams) -> Picture:
        """uint8 [H, W, 3] RGB. The identity, light and scene are the studio's; the rest is params'."""
        vertices = self._model.moved(self._person, shape_weights(params.movement, self._who.seed, params.shot))
        mesh = _Mesh(vertices, self._triangles, self._kind, np.arange(len(vertices), dtype=np.int32))
        if self._shell is not None:
            mesh = mesh.with_shell(self._shell, vertices)
        colour, cover = self._surface(mesh, params)
        scene = self._room * (1 - 0.4 * _shadow(cover, self._light))
        scene = scene * (1 - cover) + colour
        if self._who.glasses:
            draw_spectacles(scene, self._model, vertices, params.stand, self._who)
        pose = params.stand.pose
        unit = pose.eyes_px / 640 * self._size[1] / self._size[0]
        self._cover.lay(scene, pose.y + unit * (LYING_COVER + abs(np.cos(pose.roll)) * (COVER - LYING_COVER)))
        return expose(scene * self._gain, params.lens, self._light.infrared)

    def _surface(self, mesh: _Mesh, params: RenderParams) -> tuple[Floats, Floats]:
        """Light premultiplied by cover, float32 [H, W, 3], and cover, float32 [H, W, 1]."""
        placed = params.stand.placed(mesh.vertices)
        normals = _normals(placed, mesh.triangles)
        screen, depth = params.stand.projected(placed, self._size)
        seen = rasterise(screen, depth, mesh.triangles, self._size)
        corners = mesh.triangles[seen.triangle]

        def at(values: Floats) -> Floats:
            return np.asarray(np.einsum("nk,nk...->n...", seen.weights, values[corners]), np.float32)

        kind, rest = mesh.kind[seen.triangle], mesh.rest[corners]
        sheet = self._skin.sheet(params.movement)
        place = np.einsum("nk,nkc->nc", seen.weights, self._sheet[rest]).astype(np.float32)
        normal = _bumped(_unit(at(normals)), place, sheet, kind, params.stand.turn)
        colour, gloss = self._reflectance(
            kind, place, sheet, at(mesh.vertices), at(self._model.neutral[mesh.rest]), params, mesh
        )
        hollow = _hollow(kind, at(placed), params, mesh, self._model)
        reach = at(lit(placed, self._light))
        light = shaded(colour, normal, reach, hollow, gloss, (kind == SKIN).astype(np.float32), self._light)
        height, width = self._size
        picture, cover = np.zeros((height * width, 3), np.float32), np.zeros((height * width, 1), np.float32)
        picture[seen.pixels], cover[seen.pixels] = light, 1
        return _smoothed(picture.reshape(height, width, 3), cover.reshape(height, width, 1))

    def _reflectance(
        self, kind: Ints, place: Floats, sheet: Plate, points: Floats, rest: Floats, params: RenderParams, mesh: _Mesh
    ) -> tuple[Floats, Floats]:
        """float32 [n, 3] and [n]."""
        colour, gloss = _of_sheet(sheet.colour, place), np.full(len(kind), 0.05, np.float32)
        hair = kind == HAIR
        streak = np.random.default_rng([self._who.seed, 47]).normal(0, 1, 256)
        around = np.arctan2(rest[hair, 0], rest[hair, 2] + 1.0) + 0.02 * np.sin(rest[hair, 1])
        angle = (around * 90).astype(np.int64) % 256
        strands = np.clip(1 + 0.22 * streak[angle], 0.4, 1.7)[:, None]
        colour[hair] = 0.8 * np.asarray(self._who.hair, np.float32) * strands
        gloss[hair] = 0.03 + 0.05 * np.clip(streak[angle], 0, 1)
        colour[kind == MOUTH], gloss[kind == MOUTH] = (0.2, 0.055, 0.05), 0.06
        colour[kind == TEETH], gloss[kind == TEETH] = (0.55, 0.5, 0.4), 0.1
        eye = kind == EYE
        colour[eye] = eye_colour(self._model, mesh.vertices, points[eye], self._who, params.gaze)
        gloss[eye] = 0.5
        return colour, gloss


@dataclass(frozen=True)
class _Mesh:
    """vertices float32 [V, 3]; triangles int32 [T, 3] with what each is of; rest: of each vertex, the model's."""

    vertices: Floats
    triangles: Ints
    kind: Ints
    rest: Ints

    def with_shell(self, shell: Shell, vertices: Floats) -> _Mesh:
        """With hair lifted off the face's own vertices."""
        normals = _normals(vertices, self.triangles)
        lifted = vertices[shell.vertices] + normals[shell.vertices] * shell.lift[:, None]
        first = len(self.vertices)
        return _Mesh(np.concatenate([self.vertices, lifted]).astype(np.float32),
                     np.concatenate([self.triangles, shell.triangles + first]),
                     np.concatenate([self.kind, np.full(len(shell.triangles), HAIR)]),
                     np.concatenate([self.rest, shell.vertices]))  # fmt: skip


def _normals(vertices: Floats, triangles: Ints) -> Floats:
    """Of vertices, unit, float32 [V, 3]: the mean of their triangles', by area."""
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    face = np.cross(b - a, c - a)
    found = np.stack([
        sum(np.bincount(triangles[:, corner], face[:, axis], len(vertices)) for corner in range(3)) for axis in range(3)
    ], 1)  # fmt: skip
    return _unit(found.astype(np.float32))


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9), np.float32)


def _bumped(normal: Floats, place: Floats, sheet: Plate, kind: Ints, turn: Floats) -> Floats:
    """Normals tilted by the sheet's relief, where there is skin."""
    relief = cv2.GaussianBlur(sheet.relief, (0, 0), 0.8)
    dx = cv2.Sobel(relief, cv2.CV_32F, 1, 0, scale=SCALE_PX / 8)
    dy = cv2.Sobel(relief, cv2.CV_32F, 0, 1, scale=SCALE_PX / 8)
    slope = _of_sheet(np.dstack([dx, dy]), place) * (kind == SKIN)[:, None]
    across, down = turn[:, 0], -turn[:, 1]
    return _unit(normal - slope[:, :1] * across - slope[:, 1:] * down)


def _of_sheet(layer: Floats, place: Floats) -> Floats:
    """Values of a sheet [H, W, C] at places [n, 2]: float32 [n, C]."""
    columns = 4096
    padded = np.zeros((-(-len(place) // columns) * columns, 2), np.float32)
    padded[: len(place)] = place
    grid = padded.reshape(-1, columns, 2)
    found = cv2.remap(layer, grid[..., 0], grid[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found.reshape(-1, layer.shape[2])[: len(place)], np.float32)


def _hollow(kind: Ints, placed: Floats, params: RenderParams, mesh: _Mesh, model: FaceModel) -> Floats:
    """What is left of the room's light: little in the mouth, less the further in; less under the upper lid."""
    found = np.ones(len(kind), np.float32)
    lip = params.stand.placed(mesh.vertices[list(model.landmarks[48:60])]).mean(0)
    inside = np.isin(kind, (MOUTH, TEETH))
    depth = np.linalg.norm(placed[inside] - lip, axis=1)
    found[inside] = np.clip(1.15 - depth / 2.6, 0.08, 0.9)
    found[kind == EYE] = 0.75
    return found


def _smoothed(picture: Floats, cover: Floats) -> tuple[Floats, Floats]:
    """Edges against what is behind softened by part of a pixel."""
    soft = cv2.GaussianBlur(np.dstack([picture, cover]), (0, 0), 0.55)
    return soft[..., :3], soft[..., 3:]


def _shadow(cover: Floats, light: Light) -> Floats:
    """Of the head on what is behind it, float32 [H, W, 1]."""
    small = cv2.resize(cover[..., 0], None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 6.0)
    shift = np.array([[1, 0, -8 * np.sin(light.azimuth)], [0, 1, 4]], np.float32)
    small = cv2.warpAffine(small, shift, (small.shape[1], small.shape[0]))
    return np.asarray(cv2.resize(small, cover.shape[1::-1]), np.float32)[..., None]


def still(params: RenderParams, units: ActionUnits) -> RenderParams:
    """The same picture with other action units."""
    return replace(params, movement=Movement.of(units))
