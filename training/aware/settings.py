"""What is asked of integer-aware training."""

from __future__ import annotations

from dataclasses import dataclass

from snni.compile.windows import IGNORED_BITS
from training.cost.price import LINK
from training.errors import OptionError
from training.tuning.schedule import Schedule


@dataclass(frozen=True)
class Settings:
    """Attributes:
    epochs: through the integers; float_epochs: in float, before.
    pool: of networks that leave the choice, "max" or "average"; None: as it is.
    prune: the part of the online bytes to save on ReLUs, 0 or more, below 1.
    soft: of the loss, the given network's scores, 0..1.
    batch, rate, seed: as tuning.schedule.Schedule has them, the rate relative.
    name: goes into the plan. headroom_bits, ignored_bits: as the compiler takes them.
    link: to predict seconds for.
    private: a bundle that must not be passed on.

    Raises:
        OptionError: numbers that make no training.
    """

    epochs: int = 3
    float_epochs: int = 0
    pool: str | None = None
    prune: float = 0.0
    soft: float = 0.5
    batch: int = 16
    rate: float = 2e-3
    seed: int = 1
    name: str = "network"
    headroom_bits: int = 1
    ignored_bits: int = IGNORED_BITS
    link: str = LINK
    private: bool = False

    def __post_init__(self) -> None:
        if self.float_epochs < 0 or not 0 <= self.soft <= 1:
            raise OptionError("--float-epochs must be 0 or more, --soft in 0..1")
        self.schedule(self.epochs)

    def schedule(self, epochs: int) -> Schedule:
        """Of so many epochs."""
        return Schedule(epochs, self.batch, self.rate, seed=self.seed)
