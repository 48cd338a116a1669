"""A training run that is cut off at an epoch, as by Ctrl-C."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from training.engine.checkpoint import Checkpoint
from training.engine.state import State


@contextmanager
def interrupted_after(epochs: int) -> Iterator[None]:
    """What runs inside is cut off as soon as so many epochs are in its checkpoint; it is an error if it is not."""
    save = Checkpoint.save

    def cut(checkpoint: Checkpoint, state: State) -> None:
        save(checkpoint, state)
        if state.epoch == epochs:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Checkpoint, "save", cut)
        yield
