"""A picture of a face from its parameters: the same parameters give the same picture, to the bit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from training.synth.eyes import draw_eyes
from training.synth.features import draw_brows, draw_cheeks, draw_forehead, draw_nose
from training.synth.front import Front
from training.synth.glasses import draw_glasses
from training.synth.hair import front_hair
from training.synth.hands import draw_hand
from training.synth.head import draw_head
from training.synth.identity import Identity
from training.synth.lens import Lens, Picture, expose
from training.synth.light import Light, shade
from training.synth.linen import Pillow, blanket_line
from training.synth.masks import draw_mask
from training.synth.mouth import draw_mouth
from training.synth.occiput import draw_occiput
from training.synth.plate import Floats, Plate
from training.synth.pose import Pose, place
from training.synth.scene import Cover, draw_scene
from training.synth.units import ActionUnits, Movement

SIZE = (480, 640)


@dataclass(frozen=True)
class FaceParams:
    """Everything in a picture.

    Attributes:
        identity: who.
        movement: what the muscles do, as amounts; Movement.of(ActionUnits(...)) for a face held still.
        pose, light, lens: of the head, the room and the camera.
        scene: seed of the room.
        gaze: where the eyes look, units to the right and down, at most 0.08.
        front: what is in front of the face.
    """

    identity: Identity
    movement: Movement = field(default_factory=Movement)
    pose: Pose = field(default_factory=Pose)
    light: Light = field(default_factory=Light)
    lens: Lens = field(default_factory=Lens)
    scene: int = 0
    gaze: tuple[float, float] = (0.0, 0.0)
    front: Front = field(default_factory=Front)

    @classmethod
    def random(cls, identity: Identity, units: ActionUnits, seed: int) -> FaceParams:
        """A face holding units, in a room, light and pose drawn from the seed."""
        rng = np.random.default_rng([seed, 8])
        gaze = (float(np.clip(rng.normal(0, 0.03), -0.08, 0.08)), float(np.clip(rng.normal(0, 0.012), -0.03, 0.03)))
        return cls(
            identity, Movement.of(units), Pose.random(rng), Light.random(rng), Lens.random(rng),
            scene=int(rng.integers(2**31)), gaze=gaze,
        )  # fmt: skip


class Studio:
    """Draws many pictures of one person in one room: what does not move is drawn once."""

    def __init__(self, identity: Identity, light: Light, scene: int, size: tuple[int, int] = SIZE) -> None:
        identity = identity.in_infrared() if light.infrared else identity
        self._identity, self._light, self._size = identity, light, size
        self._head = Plate()
        draw_head(self._head, identity)
        self._hair = front_hair(identity)
        self._room = draw_scene(scene, light, size)
        self._cover = Cover(scene, light, size)
        self._pillow = Pillow(scene, light)
        self._gain = _metered(identity, light)

    def plate(self, params: FaceParams) -> Plate:
        """The face from the front, before light and pose."""
        plate, who, move = self._head.copied(), self._identity, params.movement
        draw_nose(plate, who, move)
        draw_cheeks(plate, who, move)
        draw_forehead(plate, who, move)
        draw_eyes(plate, who, move, params.gaze)
        draw_mouth(plate, who, move)
        draw_brows(plate, who, move)
        if self._hair is not None:
            self._hair.lay(plate)
        front = params.front
        if front.mask:
            draw_mask(plate, who, front.mask, move.jaw)
        if who.glasses:
            draw_glasses(plate, who, move)
        if front.hand:
            draw_hand(plate, who, front.hand, front.side, front.reach)
        return plate

    def picture(self, params: FaceParams) -> Picture:
        """uint8 [H, W, 3] RGB. The identity, light and scene are the studio's; the rest is params'."""
        plate = self.plate(params)
        layers = np.dstack([shade(plate, self._light) * plate.cover[..., None], plate.cover])
        seen = place(layers, plate.relief, params.pose, params.movement.jaw, self._size)
        cover = np.clip(seen[..., 3:], 0, 1)
        scene = self._room * (1 - 0.45 * self._shadow(cover))
        draw_occiput(scene, self._identity, self._light, params.pose)
        scene = scene * (1 - cover) + seen[..., :3]
        scale = params.pose.eyes_px / self._size[0] * self._size[1] / 640
        if params.front.pillow:
            self._pillow.lay(scene, params.pose, params.front.pillow)
        self._cover.lay(scene, params.pose.y + blanket_line(params.front.blanket) * scale)
        return expose(scene * self._gain, params.lens, self._light.infrared)

    def _shadow(self, cover: Floats) -> Floats:
        """Of the head on what is behind it, float32 [H, W, 1]."""
        small = cv2.resize(cover[..., 0], None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), 6.0)
        shift = np.array([[1, 0, -6 * np.sin(self._light.azimuth)], [0, 1, 4]], np.float32)
        small = cv2.warpAffine(small, shift, (small.shape[1], small.shape[0]))
        return np.asarray(cv2.resize(small, self._size[::-1]), np.float32)[..., None]


def render(params: FaceParams, size: tuple[int, int] = SIZE) -> Picture:
    """The picture of params, uint8 [H, W, 3] RGB.

    Args:
        size: (H, W) in pixels, each at least 16; the pose's lengths scale with W.

    Raises:
        ValueError: size is too small.
    """
    if min(size) < 16:
        raise ValueError(f"size must be at least 16 by 16, got {size}")
    return Studio(params.identity, params.light, params.scene, size).picture(params)


def _metered(who: Identity, light: Light) -> float:
    """The gain a camera's automatic exposure would settle on."""
    seen = (0.65 * light.lamp + light.room) * (0.6 * float(np.mean(who.skin)) + 0.14)
    return float(np.clip(0.26 / seen, 0.5, 2.2))


def still(params: FaceParams, units: ActionUnits) -> FaceParams:
    """The same picture with other action units."""
    return replace(params, movement=Movement.of(units))
