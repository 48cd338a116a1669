"""Where a training is: everything that it needs to go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

Tensors = dict[str, Tensor]


@dataclass
class State:
    """Attributes:
    network: as it is now.
    optimiser: of what is being trained; None between stages.
    stage: how many stages are over. epoch: epochs done in the one that is running.
    best: the best value of what the task keeps by, None before the first epoch; kept: what learns, as it was then.
    watched: the best value of what the task stops by; stale: epochs since.
    history: a row for each epoch of all stages.
    """

    network: nn.Module
    optimiser: torch.optim.Optimizer | None = None
    stage: int = 0
    epoch: int = 0
    best: float | None = None
    kept: Tensors | None = None
    watched: float | None = None
    stale: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)

    def tensors(self, blocks: Sequence[str]) -> Tensors:
        """Copies, on the CPU, of the network's tensors whose names begin so."""
        return {
            name: value.detach().cpu().clone()
            for name, value in self.network.state_dict().items()
            if any(name.startswith(block) for block in blocks)
        }

    def next_stage(self) -> None:
        """At the beginning of the next one."""
        self.stage += 1
        self.epoch, self.stale, self.optimiser = 0, 0, None
        self.best = self.kept = self.watched = None
