"""Where the parts of a drawn face are in its picture: the same strokes, sent through the same pose.

Nothing is drawn twice by hand: the functions that draw brows, lids, nose and mouth draw on a plate that only notes the
outlines, so that a landmark is where the paint is, whatever the muscles do. Points that hair, glasses or a hand hide
are given all the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.synth.eyes import draw_eyes
from training.synth.face import FaceParams
from training.synth.features import draw_brows, draw_nose
from training.synth.mouth import draw_mouth
from training.synth.plate import Colour, Floats, Plate, Point, grid
from training.synth.pose import place

LANDMARKS = (
    "left_brow_inner", "left_brow_middle", "left_brow_outer",
    "right_brow_inner", "right_brow_middle", "right_brow_outer",
    "left_eye_inner", "left_eye_outer", "left_lid_upper", "left_lid_lower",
    "right_eye_inner", "right_eye_outer", "right_lid_upper", "right_lid_lower",
    "nose_left", "nose_base", "nose_right",
    "mouth_left", "mouth_right", "lip_upper_top", "lip_upper_bottom", "lip_lower_top", "lip_lower_bottom",
    "chin",
)  # fmt: skip
"""Order of the points. Left and right are the picture's, not the person's."""
WHOLE = 0.999
"""How much of a pixel must show the plate for its coordinates to count."""
CURVE, LIP = 20, 50
"""Points at least in the line of a lid; points in the outline of a lip."""


class _Strokes(Plate):
    """Notes what is painted on it: polygons, and lines as drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.fills: list[Floats] = []
        self.lines: list[Floats] = []

    def fill(
        self, outline: Sequence[Point] | Floats, colour: Colour, soft: float = 0.008, strength: float = 1.0
    ) -> None:
        """Noted, not painted."""
        self.fills.append(np.asarray(outline, np.float32))

    def line(self, path: Sequence[Point], width: float, colour: Colour, strength: float = 1.0) -> None:
        """Noted, not painted."""
        self.lines.append(np.asarray(path, np.float32))

    def bump(self, centre: Point, radius: Point, amount: float, turn: float = 0.0) -> None:
        """Left out."""

    def tint(self, centre: Point, radius: Point, factor: tuple[float, float, float], turn: float = 0.0) -> None:
        """Left out."""

    def groove(self, path: Sequence[Point], width: float, depth: float, lip: float = 0.35) -> None:
        """Left out."""


def plate_landmarks(params: FaceParams) -> Floats:
    """In units on the plate, the jaw not yet open: float32 [24, 2] in the order of LANDMARKS."""
    who, move = params.identity, params.movement
    brows, eyes, nose, mouth = (_Strokes() for _ in range(4))
    draw_brows(brows, who, move)
    draw_eyes(eyes, who, move, params.gaze)
    draw_nose(nose, who, move)
    draw_mouth(mouth, who, move)
    points = [point for outline in _left_first(brows.fills) for point in _brow(outline)]
    lids = [line for line in eyes.lines if len(line) >= CURVE]
    for over, under in zip(lids[::2], lids[1::2], strict=True):
        points += [over[0], over[-1], _middle(over), _middle(under)]
    nostrils = _left_first(nose.fills)
    left, right = nostrils[0][nostrils[0][:, 0].argmin()], nostrils[-1][nostrils[-1][:, 0].argmax()]
    points += [left, np.concatenate(nostrils).mean(axis=0), right]
    upper, lower = [outline for outline in mouth.fills if len(outline) == LIP][-2:]
    points += [upper[0], upper[LIP // 2 - 1]]
    points += [_middle(half) for half in (upper[: LIP // 2], upper[LIP // 2 :], lower[: LIP // 2], lower[LIP // 2 :])]
    points.append(np.array([0.0, who.chin], np.float32))
    return np.stack(points).astype(np.float32)


def landmarks(params: FaceParams, plate: Plate, size: tuple[int, int]) -> Floats:
    """In pixels of the picture, pixel centres whole numbers: float32 [24, 2], (x, y) in the order of LANDMARKS.

    The plate's own coordinates are sent through the pose; a landmark is where the picture shows its coordinates.

    Args:
        params: of the face.
        plate: as Studio.plate drew it from the same params; its relief is what turning moves.
        size: of the picture, (H, W).
    """
    xs, ys = grid()
    layers = np.dstack([xs, ys, np.ones_like(xs)])
    seen = place(layers, plate.relief, params.pose, params.movement.jaw, size)
    rows, columns = np.nonzero(seen[1:-1, 1:-1, 2] > WHOLE)
    return np.stack([_located(point, seen, rows + 1, columns + 1) for point in plate_landmarks(params)])


def _located(point: Floats, seen: Floats, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Floats:
    """The pixel of those given that shows a place of the plate, float32 [2], and the part of a pixel beside it."""
    nearest = int(((seen[rows, columns, :2] - point) ** 2).sum(axis=1).argmin())
    row, column = rows[nearest], columns[nearest]
    across = (seen[row, column + 1, :2] - seen[row, column - 1, :2]) / 2
    down = (seen[row + 1, column, :2] - seen[row - 1, column, :2]) / 2
    step = np.linalg.lstsq(np.stack([across, down], 1), point - seen[row, column, :2], rcond=None)[0]
    return np.asarray(np.array([column, row]) + np.clip(step, -1, 1), np.float32)


def _brow(outline: Floats) -> list[Floats]:
    """Inner end, middle and outer end of a brow's spine; its outline is the upper edge out and the lower one back."""
    half = len(outline) // 2
    spine: Floats = np.asarray((outline[:half] + outline[: half - 1 : -1]) / 2, outline.dtype)
    return [spine[0], _middle(spine), spine[-1]]


def _middle(curve: Floats) -> Floats:
    return np.asarray((curve[(len(curve) - 1) // 2] + curve[len(curve) // 2]) / 2, curve.dtype)


def _left_first(outlines: list[Floats]) -> list[Floats]:
    return sorted(outlines, key=lambda outline: float(outline[:, 0].mean()))
