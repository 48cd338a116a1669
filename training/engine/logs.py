"""TensorBoard's logs of a run: a step for each epoch of all stages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch.utils.tensorboard import SummaryWriter


class Logs:
    """Nothing is made before the first epoch."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer: SummaryWriter | None = None

    def write(self, history: list[dict[str, Any]]) -> None:
        """The last epoch's row; rows that an interrupted run had written after it are hidden."""
        row, step = history[-1], len(history)
        if self._writer is None:
            self._writer = SummaryWriter(str(self._folder), purge_step=step)
        found = {"loss/training": row["loss"], "rate": row["rate"]}
        found |= {f"validation/{name}": value for name, value in row["validation"].items() if value is not None}
        for name, value in found.items():
            self._writer.add_scalar(name, value, step)
        self._writer.add_text("stage", row["stage"], step)
        self._writer.flush()

    def close(self) -> None:
        """Idempotent."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
