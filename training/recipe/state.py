"""Where a run is, and its checkpoint: replaced whole after every epoch, read only by the run that it is of."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import torch
from torch import Tensor, nn

from training.recipe.errors import CheckpointError

Tensors = dict[str, Tensor]


@dataclass
class State:
    """Attributes:
    network: as it is now, on the run's device.
    optimiser: of the stage that is running; None between stages.
    stage: how many stages are over. epoch: epochs done in the one that is running.
    best: the best value of what the stage keeps by, None before the first epoch; kept: what learns, as it was then.
    watched: the best value of what the stage stops by; stale: epochs since.
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

    def parts(self, blocks: Sequence[str]) -> Tensors:
        """Copies of the network's tensors in these blocks, on the CPU."""
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

    def save(self, path: Path, fingerprint: str, blocks: Sequence[str]) -> None:
        """Replace the checkpoint at path, whole or not at all. blocks: those that any stage may have changed."""
        optimiser = self.optimiser.state_dict() if self.optimiser is not None else None
        content = {"fingerprint": fingerprint, "network": self.parts(blocks), "optimiser": optimiser}
        content |= {name: getattr(self, name) for name in PLAIN}
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        torch.save(content, partial)
        partial.replace(path)


PLAIN = ("stage", "epoch", "best", "kept", "watched", "stale", "history")


def read_checkpoint(path: Path, fingerprint: str) -> dict[str, Any]:
    """What save wrote. Raises CheckpointError: unreadable, or of another run."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError, BadZipFile) as error:
        raise CheckpointError(
            path, f"is no checkpoint ({type(error).__name__}); name another --out, or --fresh"
        ) from error
    if not isinstance(content, dict) or "fingerprint" not in content or not set(PLAIN) <= set(content):
        raise CheckpointError(path, "is not a checkpoint of a recipe; name another --out, or --fresh")
    if content["fingerprint"] != fingerprint:
        theirs, mine = json.loads(content["fingerprint"]), json.loads(fingerprint)
        differing = [name for name in mine if theirs.get(name) != mine[name]]
        said = ", ".join(f"{name} ({theirs.get(name)}, now {mine[name]})" for name in differing)
        raise CheckpointError(path, f"is of another run: {said}; name another --out, or --fresh")
    return content


def digest_of_json(value: Any) -> str:
    """16 hexadecimal digits."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
