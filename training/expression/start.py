"""The network that training begins with: the package's, with levels for expressions."""

from __future__ import annotations

from pathlib import Path

from faces.crop import CLOSE
from training.expression.levels import THRESHOLDS, with_levels
from training.expression.package import read_package
from training.networks.expression import ExpressionNet, expression_net

FIRST, BOTH, THREE = "expression_net", "expression_two_readers", "expression_three_readers"
"""Of training.networks.registry: the package's network with levels, the one that reads drawn faces too, and the one
whose photographs another package's network reads as well."""
LICENCE, GREY_LICENCE = "face-api", "face_classification"
"""Of training.datasets.licence."""
CROP = CLOSE
"""The network was trained on faces that fill the picture."""


def starting(package: Path, thresholds: tuple[float, ...] = THRESHOLDS) -> ExpressionNet:
    """In evaluation mode. Raises WeightsError: the package is not the pinned one; OptionError: bad thresholds."""
    network = expression_net(len(thresholds) + 1)
    network.load_state_dict(with_levels(read_package(package), thresholds), strict=False)
    network.eval()
    return network
