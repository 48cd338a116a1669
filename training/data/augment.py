"""Changes to a crop that leave its label as it is: what a camera in a room would also have seen.

Occlusion follows Z. Zhong et al., "Random erasing data augmentation", AAAI 2020, but with soft-edged ellipses too: a
hand, a blanket, a mask.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from faces.image import Picture, require_rgb

Random = np.random.Generator
GAMMA = 2.2


@dataclass(frozen=True)
class Augmentation:
    """How often and how far. Call it with a crop and an rng.

    Attributes:
        flip: how often a crop is mirrored, 0..1; a mirrored face does the same action units.
        rotation_deg: up to so many degrees to either side, 0..45: what alignment leaves.
        colour: up to this part brighter or darker, and half of it for each channel and the saturation, 0..1.
        occlusion: how often a part is covered, 0..1; occlusion_area: up to this part of the crop, 0..0.5.
        blur: how often it is blurred, 0..1, with a sigma up to blur_px at 224 pixels, 0..8.
        low_light: how often the light is dimmed, 0..1, to a part of at least lowest_light, 0.02..1, with a sensor's
            noise.

    Raises:
        ValueError: one is out of its range.
    """

    flip: float = 0.5
    rotation_deg: float = 10.0
    colour: float = 0.25
    occlusion: float = 0.2
    occlusion_area: float = 0.2
    blur: float = 0.15
    blur_px: float = 2.0
    low_light: float = 0.15
    lowest_light: float = 0.12

    def __post_init__(self) -> None:
        ranges = {"rotation_deg": (0, 45), "occlusion_area": (0, 0.5), "blur_px": (0, 8), "lowest_light": (0.02, 1)}
        for name, value in vars(self).items():
            low, high = ranges.get(name, (0, 1))
            if not low <= value <= high:
                raise ValueError(f"{name} must be {low}..{high}, got {value}")

    def __call__(self, crop: Picture, rng: Random) -> Picture:
        """A changed copy.

        Args:
            crop: uint8 [H, W, 3] RGB.

        Returns:
            uint8 [H, W, 3]; the same rng state gives the same one.

        Raises:
            ImageError: crop is not such an array.
        """
        require_rgb(crop)
        changed = np.ascontiguousarray(crop[:, ::-1]) if rng.uniform() < self.flip else crop.copy()
        if self.rotation_deg:
            changed = rotated(changed, float(rng.uniform(-self.rotation_deg, self.rotation_deg)))
        if self.colour:
            changed = recoloured(changed, self.colour, rng)
        if rng.uniform() < self.occlusion and self.occlusion_area:
            changed = occluded(changed, float(rng.uniform(0.2, 1.0)) * self.occlusion_area, rng)
        if rng.uniform() < self.blur and self.blur_px:
            changed = blurred(changed, float(rng.uniform(0.2, 1.0)) * self.blur_px * crop.shape[1] / 224)
        if rng.uniform() < self.low_light:
            changed = dimmed(changed, float(rng.uniform(self.lowest_light, 0.6)), rng)
        return changed


def rotated(crop: Picture, degrees: float) -> Picture:
    """Turned about its middle, degrees anticlockwise; edges repeat: uint8 [H, W, 3]."""
    height, width = crop.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    view: Picture = cv2.warpAffine(crop, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return view


def recoloured(crop: Picture, reach: float, rng: Random) -> Picture:
    """Brighter or darker by up to `reach`, of another white and saturation by up to half of it: uint8 [H, W, 3]."""
    gain = rng.uniform(1 - reach, 1 + reach) * rng.uniform(1 - reach / 2, 1 + reach / 2, 3)
    values = crop.astype(np.float32)
    grey = values.mean(axis=2, keepdims=True)
    mixed = grey + (values - grey) * rng.uniform(1 - reach / 2, 1 + reach / 2)
    return _to_bytes(mixed * gain.astype(np.float32))


def occluded(crop: Picture, area: float, rng: Random) -> Picture:
    """A soft-edged rectangle or ellipse of one colour over about `area` (0..0.5) of it: uint8 [H, W, 3]."""
    height, width = crop.shape[:2]
    aspect = float(np.exp(rng.uniform(-0.9, 0.9)))
    half_x = int(max(1, min(width, np.sqrt(area * height * width * aspect)) / 2))
    half_y = int(max(1, min(height, np.sqrt(area * height * width / aspect)) / 2))
    centre = int(rng.integers(0, width)), int(rng.integers(0, height))
    mask = np.zeros((height, width), np.float32)
    if rng.uniform() < 0.5:
        cv2.ellipse(mask, centre, (half_x, half_y), float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
    else:
        low, high = (centre[0] - half_x, centre[1] - half_y), (centre[0] + half_x, centre[1] + half_y)
        cv2.rectangle(mask, low, high, 1.0, -1)
    soft = cv2.GaussianBlur(mask, (0, 0), max(0.5, 0.006 * width))[..., None]
    paint = rng.uniform(10, 245, 3) + rng.normal(0, 6, (height, width, 1))
    return _to_bytes(crop * (1 - soft) + paint * soft)


def blurred(crop: Picture, sigma_px: float) -> Picture:
    """Out of focus: uint8 [H, W, 3]. sigma_px above 0."""
    view: Picture = cv2.GaussianBlur(crop, (0, 0), max(0.05, sigma_px), borderType=cv2.BORDER_REPLICATE)
    return view


def dimmed(crop: Picture, light: float, rng: Random) -> Picture:
    """With a part (0..1) of the light, in linear light, and the noise of a sensor that has no more: uint8 [H, W, 3]."""
    seen = (crop.astype(np.float32) / 255) ** GAMMA * light
    noise = rng.normal(0, 1, crop.shape).astype(np.float32) * np.sqrt(seen * 4e-4 + 4e-6)
    return _to_bytes(255 * np.clip(seen + noise, 0, 1) ** (1 / GAMMA))


def _to_bytes(values: np.ndarray[tuple[int, ...], np.dtype[np.floating]]) -> Picture:
    found: Picture = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return found
