"""Views are of the right size, as many as asked for, other ones each time, and the same again from the same seed."""

from __future__ import annotations

import numpy as np

from tests.training.expression.squares import squares
from training.data.pictures import DrawnPictures
from training.expression.views import drawn_views, face_views, recontrasted, square_views


def test_views_repeat_with_their_seed() -> None:
    crops = squares(6, 1)
    whole = [np.random.default_rng(4).integers(0, 256, size, np.uint8) for size in ((300, 200, 3), (90, 400, 3))]
    makers = (
        lambda rng: drawn_views(DrawnPictures(crops), 6, rng),
        lambda rng: face_views(crops.images[:2], 6, rng),
        lambda rng: square_views(whole, 6, rng),
    )
    for make in makers:
        once, again, other = (list(make(np.random.default_rng(seed))) for seed in (1, 1, 2))
        assert len(once) == 6 and all(view.shape == (224, 224, 3) and view.dtype == np.uint8 for view in once)
        assert all(np.array_equal(one, two) for one, two in zip(once, again, strict=True))
        assert any(not np.array_equal(one, two) for one, two in zip(once, other, strict=True))
        assert len({view.tobytes() for view in once}) == 6


def test_another_contrast_keeps_the_mean_colour() -> None:
    crop = np.random.default_rng(2).integers(110, 140, (64, 64, 3)).astype(np.uint8)
    for seed in range(5):
        changed = recontrasted(crop, np.random.default_rng(seed))
        assert abs(float(changed.mean()) - float(crop.mean())) < 1.5 and not np.array_equal(changed, crop)
