"""Which parameters learn at which rate: the groups of an optimiser, each with the rate that it begins with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn


def adamw(network: nn.Module, rate: float, decay: float) -> torch.optim.Optimizer:
    """AdamW (I. Loshchilov, F. Hutter, arXiv 1711.05101) of all that learns; norms and biases do not decay."""
    learning = [p for p in network.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in learning if p.ndim > 1], "initial": rate, "weight_decay": decay},
        {"params": [p for p in learning if p.ndim <= 1], "initial": rate, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=rate)


def adamw_by_tensor(network: nn.Module, rate: float, decay: float, *, relative: bool) -> torch.optim.Optimizer:
    """The same with a group for each tensor; relative: the rate counts in the tensor's own root mean square.

    A tensor of zeros (a new bias) is taken to be as large as its network's tensors are.
    """
    groups = list(_by_tensor(network, rate, decay, relative))
    return torch.optim.AdamW(groups, lr=rate)


def _by_tensor(network: nn.Module, rate: float, decay: float, relative: bool) -> Iterator[dict[str, Any]]:
    sizes = {p: float(p.detach().square().mean().sqrt()) for p in network.parameters() if p.requires_grad}
    usual = float(np.median([size for size in sizes.values() if size > 0] or [1.0]))
    for parameter, size in sizes.items():
        own = rate * (size or usual) if relative else rate
        decays = decay if parameter.ndim > 1 else 0.0
        yield {"params": [parameter], "lr": own, "initial": own, "weight_decay": decays}
