"""Face landmarks as features: where brows, lids, nose and mouth are, whatever the light and the skin.

Points are moved, turned and scaled so that the eyes' middles lie at (-0.5, 0) and (0.5, 0); then come distances that
action units change: how open the eyes are, brow to eye, brow to brow, nose to lip, the mouth. All in units of the
distance between the eyes.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from training.backbones.backbone import require_crops
from training.data.dataset import to_input
from training.errors import WeightsError
from training.networks.landmarker import INPUT_PX, Landmarker
from training.networks.state_dict import digest_of, read_state
from training.synth.landmarks import LANDMARKS

NAME = "landmarks"
BATCH = 32
DISTANCES = (
    ("left_lid_upper", "left_lid_lower"), ("right_lid_upper", "right_lid_lower"),
    ("left_brow_inner", "left_eye_inner"), ("right_brow_inner", "right_eye_inner"),
    ("left_brow_middle", "left_lid_upper"), ("right_brow_middle", "right_lid_upper"),
    ("left_brow_outer", "left_eye_outer"), ("right_brow_outer", "right_eye_outer"),
    ("left_brow_inner", "right_brow_inner"), ("nose_left", "nose_right"),
    ("left_eye_inner", "nose_left"), ("right_eye_inner", "nose_right"),
    ("nose_base", "lip_upper_top"), ("lip_upper_top", "lip_upper_bottom"), ("lip_lower_top", "lip_lower_bottom"),
    ("lip_upper_bottom", "lip_lower_top"), ("mouth_left", "mouth_right"), ("lip_lower_bottom", "chin"),
)  # fmt: skip
WIDTH = 2 * len(LANDMARKS) + len(DISTANCES)
HOW_TO_MAKE = "landmarks need the weights of a landmark finder: make them with ./run train landmarks, in minutes"


class LandmarkBackbone:
    """Crops described by the places of their landmarks. See Backbone.

    Raises:
        WeightsError: no file, or not one of a landmark finder.
    """

    def __init__(self, weights: Path | None, device: torch.device) -> None:
        if weights is None:
            raise WeightsError(None, HOW_TO_MAKE)
        self.name, self.width, self.digest = NAME, WIDTH, ""
        self._network, self._device = Landmarker(len(LANDMARKS)), device
        try:
            self._network.load_state_dict(read_state(weights))
        except RuntimeError as error:
            raise WeightsError(weights, f"not a landmark finder's; {HOW_TO_MAKE}") from error
        self.digest = digest_of(weights)
        self._network.eval().requires_grad_(False).to(device)

    def describe(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """As Backbone says."""
        require_crops(images)
        return described(find(self._network, images, self._device))


@torch.inference_mode()
def find(network: Landmarker, images: NDArray[np.uint8], device: torch.device) -> NDArray[np.float32]:
    """Landmarks of uint8 [n, H, W, 3] square crops: float32 [n, 24, 2], (x, y) as parts of the side, 0..1."""
    found = [np.zeros((0, len(LANDMARKS), 2), np.float32)]
    for first in range(0, len(images), BATCH):
        small = [
            cv2.resize(image, (INPUT_PX, INPUT_PX), interpolation=cv2.INTER_AREA)
            for image in images[first : first + BATCH]
        ]
        found.append(network(to_input(np.stack(small)).to(device)).float().cpu().numpy())
    return np.concatenate(found)


def described(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 [n, 24, 2] to float32 [n, WIDTH]: the points as the module says, x and y in turn, then the distances.

    Where the eyes' middles coincide they count as one part of ten thousand of the side apart.
    """
    left, right = (_middle(points, side) for side in ("left", "right"))
    across = right - left
    apart = np.maximum(np.linalg.norm(across, axis=1), 1e-4)[:, None]
    cos, sin = across[:, :1] / apart, across[:, 1:] / apart
    away = (points - ((left + right) / 2)[:, None]) / apart[:, None]
    x, y = away[..., 0] * cos + away[..., 1] * sin, away[..., 1] * cos - away[..., 0] * sin
    level = np.stack([x, y], 2)
    ends = np.array([[LANDMARKS.index(name) for name in pair] for pair in DISTANCES])
    distances = np.linalg.norm(level[:, ends[:, 0]] - level[:, ends[:, 1]], axis=2)
    return np.concatenate([level.reshape(len(points), -1), distances], 1).astype(np.float32)


def _middle(points: NDArray[np.float32], side: str) -> NDArray[np.float32]:
    """Of an eye's corners, float32 [n, 2]."""
    corners = [LANDMARKS.index(f"{side}_eye_{end}") for end in ("inner", "outer")]
    return np.asarray(points[:, corners].mean(axis=1), np.float32)
