"""The network that training begins with: the package's, with levels for expressions."""

from __future__ import annotations

from pathlib import Path

from faces.crop import CLOSE
from training.expression.levels import THRESHOLDS, with_levels
from training.expression.package import read_package
from training.networks.expression import ExpressionNet, expression_net

NETWORK = "expression_net"
"""Of training.networks.registry."""
LICENCE = "face-api"
"""Of training.datasets.licence."""
CROP = CLOSE
"""The network was trained on faces that fill the picture."""
LEARNING = ("dense2.", "dense3.", "fc.")
"""Blocks that fine-tuning changes; those before them see edges, and stay."""


def starting(package: Path, thresholds: tuple[float, ...] = THRESHOLDS) -> ExpressionNet:
    """In evaluation mode. Raises WeightsError: the package is not the pinned one; OptionError: bad thresholds."""
    network = expression_net(len(thresholds) + 1)
    network.load_state_dict(with_levels(read_package(package), thresholds), strict=False)
    network.eval()
    return network


def learn_from(network: ExpressionNet) -> None:
    """Freeze all but the blocks that learn."""
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name.startswith(LEARNING))
