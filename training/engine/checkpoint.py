"""The checkpoint: replaced whole after every epoch, read only by the run that it is of."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import torch

from training.engine.state import State
from training.errors import CheckpointError

PLAIN = ("stage", "epoch", "best", "kept", "watched", "stale", "history")
"""Fields of a state that are saved as they are."""
EVERYTHING = ("",)
ELSE = "name another --out, or --fresh"


@dataclass(frozen=True)
class Checkpoint:
    """Attributes:
    path: of the file; its folder is made if not there.
    run: what must be the same for the file to fit, by name: JSON values.
    blocks: prefixes of the state-dict names that training may change; no others are saved.
    """

    path: Path
    run: Mapping[str, Any]
    blocks: Sequence[str] = EVERYTHING

    def discard(self) -> None:
        """Forget it, if there is one."""
        self.path.unlink(missing_ok=True)

    def save(self, state: State) -> None:
        """Replace the file, whole or not at all."""
        optimiser = state.optimiser.state_dict() if state.optimiser is not None else None
        content = {"run": json.dumps(self.run), "network": state.tensors(self.blocks), "optimiser": optimiser}
        content |= {name: getattr(state, name) for name in PLAIN}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        torch.save(content, partial)
        partial.replace(self.path)

    def read(self) -> dict[str, Any] | None:
        """What save wrote; None where there is no file. Raises CheckpointError: unreadable, or of another run."""
        if not self.path.exists():
            return None
        try:
            content = torch.load(self.path, map_location="cpu", weights_only=True)
        except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError, BadZipFile) as error:
            raise CheckpointError(self.path, f"is no checkpoint ({type(error).__name__}); {ELSE}") from error
        if not isinstance(content, dict) or not {"run", "network", "optimiser", *PLAIN} <= set(content):
            raise CheckpointError(self.path, f"is not a checkpoint of a training run; {ELSE}")
        theirs, mine = json.loads(content["run"]), json.loads(json.dumps(self.run))
        if theirs != mine:
            differing = [name for name in {**mine, **theirs} if theirs.get(name) != mine.get(name)]
            said = ", ".join(f"{name} ({theirs.get(name)}, now {mine.get(name)})" for name in differing)
            raise CheckpointError(self.path, f"is of another run: {said}; {ELSE}")
        return content

    def resume(self, state: State) -> bool:
        """Put the file's content into a state as it was before its first epoch; whether there was a file.

        Raises CheckpointError.
        """
        content = self.read()
        if content is None:
            return False
        state.network.load_state_dict({**state.network.state_dict(), **content["network"]})  # the blocks' alone
        restore(state, content)
        return True


def restore(state: State, content: Mapping[str, Any]) -> None:
    """All but the network: the state's optimiser is there already where one was saved."""
    for name in PLAIN:
        setattr(state, name, content[name])
    if content["optimiser"] is not None and state.optimiser is not None:
        state.optimiser.load_state_dict(content["optimiser"])
