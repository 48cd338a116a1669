"""The bytes of an operation all of whose messages are gates', one gate after the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from snni.multiparty.gate import GateShape


class Gated(ABC):
    """See ``snni.multiparty.operation.Operation`` for what each is."""

    @property
    @abstractmethod
    def gates(self) -> Sequence[GateShape]:
        """In the order in which they are opened."""

    @property
    def dealt_bytes(self) -> int:
        """All gates'."""
        return sum(gate.dealt_bytes for gate in self.gates)

    @property
    def claimed_bytes(self) -> int:
        """All gates'."""
        return sum(gate.claimed_bytes for gate in self.gates)

    @property
    def opened_bytes(self) -> tuple[int, ...]:
        """Of every gate, its openings."""
        return tuple(size for gate in self.gates for size in gate.opened_bytes)
