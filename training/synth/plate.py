"""A face seen from the front as three maps: how far it stands out, its colour, and where it is.

Coordinates are in units of the distance between the pupils (about 63 mm): x to the picture's right, y down, the origin
between the pupils. Relief is drawn, never its shadow: light finds the folds later (see light.py).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Point = tuple[float, float]
Colour = Sequence[float] | NDArray[np.float64] | NDArray[np.float32]
"""Red, green, blue."""

SCALE_PX = 100
LEFT, TOP, RIGHT, BOTTOM = -1.9, -2.3, 1.9, 2.9
WIDTH_PX, HEIGHT_PX = round((RIGHT - LEFT) * SCALE_PX), round((BOTTOM - TOP) * SCALE_PX)
_SHIFT = 4


class Plate:
    """The maps, and the strokes that draw on them.

    Attributes:
        relief: float32 [H, W], toward the camera, in units.
        colour: float32 [H, W, 3], reflectance, linear RGB, 0..1.
        cover: float32 [H, W], 0 (nothing here) .. 1.
        gloss: float32 [H, W], 0..1, how much the surface shines.
    """

    def __init__(self) -> None:
        self.relief: Floats = np.zeros((HEIGHT_PX, WIDTH_PX), np.float32)
        self.colour: Floats = np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.float32)
        self.cover: Floats = np.zeros((HEIGHT_PX, WIDTH_PX), np.float32)
        self.gloss: Floats = np.full((HEIGHT_PX, WIDTH_PX), 0.25, np.float32)

    def copied(self) -> Plate:
        """A plate to go on drawing upon, leaving this one as it is."""
        twin = copy.copy(self)
        twin.relief, twin.colour = self.relief.copy(), self.colour.copy()
        twin.cover, twin.gloss = self.cover.copy(), self.gloss.copy()
        return twin

    def bump(self, centre: Point, radius: Point, amount: float, turn: float = 0.0) -> None:
        """Raise (or with amount < 0 press in) a soft ellipse; radius is two standard deviations; turn in radians."""
        if amount == 0.0:
            return
        window, x, y = _around(centre, 1.6 * max(radius))
        x, y = x - centre[0], y - centre[1]
        along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
        self.relief[window] += amount * np.exp(-2 * ((along / radius[0]) ** 2 + (across / radius[1]) ** 2))

    def tint(self, centre: Point, radius: Point, factor: tuple[float, float, float], turn: float = 0.0) -> None:
        """Multiply the colour by factor at the centre, fading out as bump does."""
        window, x, y = _around(centre, 1.6 * max(radius))
        x, y = x - centre[0], y - centre[1]
        along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
        weight = np.exp(-2 * ((along / radius[0]) ** 2 + (across / radius[1]) ** 2))[..., None]
        self.colour[window] *= 1 + weight * (np.array(factor, np.float32) - 1)

    def groove(self, path: Sequence[Point], width: float, depth: float, lip: float = 0.35) -> None:
        """A fold of the skin along a smooth path, tapering at both ends.

        Args:
            path: points it passes through, at least two.
            width: standard deviation across it, units.
            depth: how deep, units; 0 draws nothing.
            lip: height of the bulges beside it, as a part of depth.
        """
        if depth <= 0.0:
            return
        window, mask = _stroke(smooth(path, 14), width)
        self.relief[window] -= depth * mask
        if lip:
            soft = max(1.0, 2.2 * width * SCALE_PX)
            self.relief[window] += depth * lip * 2.2 * cv2.GaussianBlur(mask, (0, 0), soft)
        self.colour[window] *= (1 - min(0.42, 6.5 * depth) * mask)[..., None]

    def line(self, path: Sequence[Point], width: float, colour: Colour, strength: float = 1.0) -> None:
        """Paint a tapering line along a smooth path."""
        window, mask = _stroke(smooth(path, 14), width)
        self._blend(window, strength * mask, colour)

    def fill(
        self, outline: Sequence[Point] | Floats, colour: Colour, soft: float = 0.008, strength: float = 1.0
    ) -> None:
        """Paint a polygon with edges `soft` units wide."""
        window, mask = area(outline, soft)
        self._blend(window, strength * mask, colour)

    def _blend(self, window: tuple[slice, slice], mask: Floats, colour: Colour) -> None:
        part = mask[..., None]
        self.colour[window] += part * (np.asarray(colour, np.float32) - self.colour[window])


def grid() -> tuple[Floats, Floats]:
    """x and y of every pixel's centre, each float32 [H, W]."""
    x = LEFT + (np.arange(WIDTH_PX, dtype=np.float32) + 0.5) / SCALE_PX
    y = TOP + (np.arange(HEIGHT_PX, dtype=np.float32) + 0.5) / SCALE_PX
    xs, ys = np.meshgrid(x, y)
    return np.asarray(xs, np.float32), np.asarray(ys, np.float32)


def smooth(points: Sequence[Point], count: int, closed: bool = False) -> Floats:
    """A Catmull-Rom curve through the points: float32 [n, 2]."""
    nodes = np.asarray(points, np.float32)
    if len(nodes) < 3 and not closed:
        part = np.linspace(0, 1, count, dtype=np.float32)[:, None]
        return nodes[:1] * (1 - part) + nodes[-1:] * part
    ends = (nodes[-1:], nodes[:2]) if closed else (2 * nodes[:1] - nodes[1:2], 2 * nodes[-1:] - nodes[-2:-1])
    nodes = np.concatenate([ends[0], nodes, ends[1]])
    pieces = len(nodes) - 3
    t = np.linspace(0, pieces, count, endpoint=not closed, dtype=np.float32)
    index = np.minimum(t.astype(int), pieces - 1)
    t = (t - index)[:, None]
    a, b, c, d = (nodes[index + k] for k in range(4))
    curve: Floats = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * (b - c) + d - a) * t**3)
    return curve.astype(np.float32)


def area(outline: Sequence[Point] | Floats, soft: float) -> tuple[tuple[slice, slice], Floats]:
    """The window a polygon lies in, and its coverage there, 0..1, with edges `soft` units wide."""
    points = np.asarray(outline, np.float32)
    window, corner = _window(points, 3 * soft + 0.03)
    mask = np.zeros((window[0].stop - window[0].start, window[1].stop - window[1].start), np.uint8)
    cv2.fillPoly(mask, [_fixed(points, corner)], 255, cv2.LINE_AA, _SHIFT)
    smoothed = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), max(0.4, soft * SCALE_PX))
    return window, smoothed


def _stroke(points: Floats, width: float) -> tuple[tuple[slice, slice], Floats]:
    window, corner = _window(points, 6 * width + 0.05)
    mask = np.zeros((window[0].stop - window[0].start, window[1].stop - window[1].start), np.uint8)
    fixed = _fixed(points, corner)
    taper = np.sin(np.linspace(0.12, np.pi - 0.12, len(points) - 1)) ** 0.7
    for first, second, part in zip(fixed[:-1], fixed[1:], taper, strict=True):
        cv2.line(mask, first.tolist(), second.tolist(), int(255 * part), 2, cv2.LINE_AA, _SHIFT)
    sigma = max(0.6, width * SCALE_PX)
    blurred = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), sigma)
    return window, np.minimum(1.0, blurred * (sigma * 2.5066 / 2.4)).astype(np.float32)


def _fixed(points: Floats, corner: tuple[int, int]) -> NDArray[np.int32]:
    pixels = (points - (LEFT, TOP)) * SCALE_PX - 0.5 - (corner[1], corner[0])
    return np.round(pixels * (1 << _SHIFT)).astype(np.int32)


def _window(points: Floats, margin: float) -> tuple[tuple[slice, slice], tuple[int, int]]:
    low = np.floor((points.min(axis=0) - margin - (LEFT, TOP)) * SCALE_PX).astype(int)
    high = np.ceil((points.max(axis=0) + margin - (LEFT, TOP)) * SCALE_PX).astype(int) + 1
    x0, y0 = int(np.clip(low[0], 0, WIDTH_PX - 1)), int(np.clip(low[1], 0, HEIGHT_PX - 1))
    x1, y1 = int(np.clip(high[0], x0 + 1, WIDTH_PX)), int(np.clip(high[1], y0 + 1, HEIGHT_PX))
    return (slice(y0, y1), slice(x0, x1)), (y0, x0)


def _around(centre: Point, reach: float) -> tuple[tuple[slice, slice], Floats, Floats]:
    box = np.array([centre, centre], np.float32)
    window, (y0, x0) = _window(box, reach)
    x = LEFT + (np.arange(x0, window[1].stop, dtype=np.float32) + 0.5) / SCALE_PX
    y = TOP + (np.arange(y0, window[0].stop, dtype=np.float32) + 0.5) / SCALE_PX
    return window, np.asarray(x[None, :], np.float32), np.asarray(y[:, None], np.float32)
