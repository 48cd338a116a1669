"""The rasteriser against one that asks every pixel about every triangle."""

from __future__ import annotations

import numpy as np
import pytest

from training.rendered.raster import rasterise

SIZE = (40, 56)


def by_pixel(screen: np.ndarray, depth: np.ndarray, triangles: np.ndarray) -> dict[int, tuple[int, float]]:
    """Pixel to the triangle that is nearest, and its depth there, in float64."""
    found: dict[int, tuple[int, float]] = {}
    for number, corners in enumerate(triangles):
        a, b, c = screen[corners].astype(np.float64)
        area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        if area >= 0:
            continue
        for y in range(SIZE[0]):
            for x in range(SIZE[1]):
                p = np.array((x + 0.5, y + 0.5))
                w = np.array([(q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])
                              for q, r in ((b, c), (c, a), (a, b))]) / area  # fmt: skip
                if (w >= 1e-4).all():
                    z = 1 / (w / depth[corners]).sum()
                    key = y * SIZE[1] + x
                    if key not in found or z < found[key][1]:
                        found[key] = (number, float(z))
    return found


@pytest.fixture(scope="module")
def scene() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Triangles of all sizes, some turned away, some partly out of the picture."""
    rng = np.random.default_rng(4)
    middle = rng.uniform((-4, -4), (60, 44), (40, 1, 2))
    screen = (middle + rng.normal(0, 1, (40, 3, 2)) * rng.choice((1.0, 4.0, 20.0), (40, 1, 1))).reshape(-1, 2)
    return screen.astype(np.float32), rng.uniform(20, 80, 120).astype(np.float32), np.arange(120).reshape(-1, 3)


def test_what_is_seen_is_what_every_pixel_says(scene: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    """Pixels whose centre is within 1e-4 of an edge, or two triangles equally deep, may go either way."""
    screen, depth, triangles = scene
    seen = rasterise(screen, depth, triangles.astype(np.int32), SIZE)
    wanted = by_pixel(screen, depth, triangles)
    got = dict(zip(seen.pixels.tolist(), zip(seen.triangle.tolist(), seen.depth.tolist(), strict=True), strict=True))
    assert len(got) == len(seen.pixels) and len(wanted) > 300
    differing = [key for key, (number, _) in wanted.items() if key not in got or got[key][0] != number]
    assert len(differing) <= 0.01 * len(wanted)
    assert len(set(got) - set(wanted)) <= 0.01 * len(wanted)
    for key, (_, z) in wanted.items():
        if key not in differing:
            assert got[key][1] == pytest.approx(z, rel=1e-3)


def test_weights_find_the_place_in_space(scene: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    """Points before a pinhole, projected: the weights give back the point whose picture the pixel is."""
    rng = np.random.default_rng(7)
    points = np.column_stack([rng.uniform(-8, 8, (60, 2)), rng.uniform(20, 60, 60)]).astype(np.float32)
    screen = points[:, :2] / points[:, 2:] * 80 + (28, 20)
    triangles = rng.permutation(60).reshape(-1, 3).astype(np.int32)
    seen = rasterise(screen.astype(np.float32), points[:, 2], triangles, SIZE)
    there = np.einsum("nk,nkc->nc", seen.weights, points[triangles[seen.triangle]])
    again = there[:, :2] / there[:, 2:] * 80 + (28, 20)
    centres = np.column_stack([seen.pixels % SIZE[1], seen.pixels // SIZE[1]]) + 0.5
    assert len(centres) > 50 and np.abs(again - centres).max() < 0.02
    assert np.allclose(there[:, 2], seen.depth, rtol=1e-4)


def test_nothing_is_seen_of_what_is_behind_or_outside() -> None:
    square = np.array([(5, 5), (5, 30), (30, 30), (30, 5)], np.float32)
    depth = np.full(4, 30.0, np.float32)
    facing, away = np.array([[0, 1, 2]], np.int32), np.array([[0, 2, 1]], np.int32)
    assert len(rasterise(square, depth, facing, SIZE).pixels) == pytest.approx(312.5, abs=26)
    assert not len(rasterise(square, depth, away, SIZE).pixels)
    assert not len(rasterise(square + 100, depth, facing, SIZE).pixels)
