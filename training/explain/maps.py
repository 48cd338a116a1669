"""Where in a crop the answer comes from: by covering places, and by the gradient of the last features.

Occlusion: M. D. Zeiler, R. Fergus, "Visualizing and understanding convolutional networks", ECCV 2014, section 4.2. A
square is replaced by the same place of a blurred crop, which hides wrinkles and edges and, unlike a flat patch, adds
few of its own (R. C. Fong, A. Vedaldi, "Interpretable explanations of black boxes by meaningful perturbation", ICCV
2017). The map holds by how much the answer falls. Above 0: what is there speaks for pain; below 0: against it.

Grad-CAM: R. R. Selvaraju, M. Cogswell, A. Das, R. Vedantam, D. Parikh, D. Batra, "Grad-CAM: visual explanations from
deep networks via gradient-based localization", ICCV 2017. Channels of the last features are weighted by the mean slope
of the answer and added up; what is left above 0 speaks for pain.

The answer here is how far the scores lean to higher levels (network.leaning), in units of the scores.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import fx

from faces.align import eye_places
from training.explain.network import leaning, read

GRID = 16
BLUR = 0.7
"""Of what a square is replaced by: the Gaussian's standard deviation over the square's side."""
Map = NDArray[np.float64]
Pixels = NDArray[np.uint8]

REGIONS = ("forehead and brows", "eyes", "nose and cheeks", "mouth and chin", "beside the face")


def answer(graph: fx.GraphModule, pixels: Pixels) -> float:
    """The leaning of uint8 [C, H, W]."""
    with torch.no_grad():
        return float(leaning(graph(torch.from_numpy(pixels[None]).float() / 255).reshape(-1)))


def occlusion(
    graph: fx.GraphModule, pixels: Pixels, grid: int = GRID, report: Callable[[], None] = lambda: None
) -> Map:
    """By how much the answer falls as each of grid x grid squares is covered: float64 [grid, grid].

    Args:
        pixels: uint8 [C, H, W].
        report: called after each square.

    Raises:
        ValueError: the grid is finer than the pixels.
    """
    height, width = pixels.shape[1:]
    if not 1 <= grid <= min(height, width):
        raise ValueError(f"a grid of {grid} does not fit {height} x {width} pixels")
    whole = answer(graph, pixels)
    smooth = blurred(pixels, BLUR * width / grid)
    rows, columns = (np.linspace(0, side, grid + 1).round().astype(int) for side in (height, width))
    found = np.zeros((grid, grid))
    for i in range(grid):
        for j in range(grid):
            covered = pixels.copy()
            covered[:, rows[i] : rows[i + 1], columns[j] : columns[j + 1]] = smooth[
                :, rows[i] : rows[i + 1], columns[j] : columns[j + 1]
            ]
            found[i, j] = whole - answer(graph, covered)
            report()
    return found


def blurred(pixels: Pixels, sigma_px: float) -> Pixels:
    """uint8 [C, H, W] without what is smaller than sigma_px."""
    planes = [cv2.GaussianBlur(plane, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE) for plane in pixels]
    return np.stack(planes).astype(np.uint8)


def grad_cam(graph: fx.GraphModule, pixels: Pixels) -> Map:
    """What of the last features speaks for pain: float64 [H, W] of the pixels' size, at least 0.

    Raises:
        NetworkError: the network has no features with places.
    """
    found = read(graph, torch.from_numpy(pixels.copy()).float() / 255)
    weights = found.slope.mean(dim=(1, 2), keepdim=True)
    coarse = torch.relu((weights * found.features).sum(dim=0)).numpy().astype(np.float64)
    return np.asarray(cv2.resize(coarse, pixels.shape[:0:-1], interpolation=cv2.INTER_LINEAR), np.float64)


def region_of(x: float, y: float) -> str:
    """The region of a place of an aligned crop, parts 0..1 from its left and top (see faces/align.py)."""
    (left, eyes), (right, _) = eye_places(1000)
    unit = right - left
    across, down = (1000 * x - (left + right) / 2) / unit, (1000 * y - eyes) / unit
    if abs(across) > 1.2 or not -1.0 <= down <= 1.95:
        return REGIONS[4]
    return REGIONS[0] if down < -0.16 else REGIONS[1] if down < 0.3 else REGIONS[2] if down < 0.95 else REGIONS[3]


def by_region(found: Map) -> dict[str, float]:
    """The part of a map's positive sum in each region, 0..1; all 0 where nothing is above 0."""
    height, width = found.shape
    sums = dict.fromkeys(REGIONS, 0.0)
    for i in range(height):
        for j in range(width):
            sums[region_of((j + 0.5) / width, (i + 0.5) / height)] += max(0.0, float(found[i, j]))
    total = sum(sums.values())
    return {name: value / total if total > 0 else 0.0 for name, value in sums.items()}
