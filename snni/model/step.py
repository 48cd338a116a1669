"""What every kind of step says of itself: what it makes, what it has among the weights, how much work it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from snni.model.values import Name, PlanModel, ValueSpec


@dataclass(frozen=True)
class TensorSpec:
    """A tensor of a step in the bundle, ``<step's name>.<name>``: ``dtype`` as numpy calls it, values low to high."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    low: int
    high: int


class PlanStep(PlanModel):
    """One operation, reading values by name and making ``y``."""

    name: Name
    y: Name

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the values it reads, in order."""
        raise NotImplementedError

    def infer(self, specs: Sequence[ValueSpec]) -> ValueSpec:
        """Shape and ring of ``y`` from those of its inputs. Raises ValueError where they do not fit."""
        raise NotImplementedError

    def tensors(self, x: ValueSpec) -> tuple[TensorSpec, ...]:
        """What it has among the weights, for a first input ``x``: most steps nothing."""
        return ()

    def macs(self, values: Mapping[str, ValueSpec]) -> int:
        """Multiplications for one frame, in a plan of these values."""
        return 0

    def weights(self, values: Mapping[str, ValueSpec]) -> int:
        """Weights that it multiplies by; biases and limits are not counted."""
        return 0

    def relus(self, values: Mapping[str, ValueSpec]) -> int:
        """Values that it makes by ReLU, with a limit or without."""
        return 0

    def comparisons(self, values: Mapping[str, ValueSpec]) -> int:
        """Comparisons for one frame: of ReLUs, maxima, the argmax."""
        return 0

    def window_reads(self, values: Mapping[str, ValueSpec]) -> int:
        """Values read under windows, each as often as a window covers it."""
        return 0
