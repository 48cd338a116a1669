"""Names and shapes of the arrays in both published packages."""

from __future__ import annotations

import numpy as np

from training.expression.grey_package import PREFIX
from training.networks.expression import WIDTHS

Arrays = dict[str, np.ndarray]


def shapes() -> dict[str, tuple[int, ...]]:
    """As the published manifest has them."""
    found: dict[str, tuple[int, ...]] = {}
    before = 3
    for block, width in enumerate(WIDTHS):
        for step in range(4):
            where, channels = f"dense{block}/conv{step}", before if step == 0 else width
            if (block, step) == (0, 0):
                found[f"{where}/filters"] = (3, 3, 3, width)
            else:
                found[f"{where}/depthwise_filter"] = (3, 3, channels, 1)
                found[f"{where}/pointwise_filter"] = (1, 1, channels, width)
            found[f"{where}/bias"] = (width,)
        before = width
    return found | {"fc/weights": (WIDTHS[-1], 7), "fc/bias": (7,)}


def grey_shapes() -> dict[str, tuple[int, ...]]:
    """As the published model has them, in its order of weights, but for an axis among them."""
    found: dict[str, tuple[int, ...]] = {}
    for number, (channels, out, kernel) in enumerate(((1, 32, 3), (32, 64, 3), (64, 128, 1), (128, 256, 1)), 1):
        found[f"{PREFIX}conv2d_{number}/Conv2D_weights"] = (kernel, kernel, channels, out)
        found[f"{PREFIX}conv2d_{number}/Conv2D_bn_offset"] = (out,)
    for number, (depthwise, channels, out) in enumerate(
        (("unknown_9", 64, 128), ("unknown_15", 128, 128), ("unknown_26", 128, 256), ("unknown_32", 256, 256)), 1
    ):
        found[depthwise] = (3, 3, channels, 1)
        found[f"{PREFIX}separable_conv2d_{number}/separable_conv2d_weights"] = (1, 1, channels, out)
        found[f"{PREFIX}separable_conv2d_{number}/separable_conv2d_bn_offset"] = (out,)
    return found | {"unknown_43": (3, 3, 256, 7), "unknown_44": (7,)}
