"""What every interactive step of a plan offers to the dealer and to the evaluators, whatever it computes."""

from __future__ import annotations

from typing import Any, Protocol

from snni.multiparty.dealing import Dealer, Dealt
from snni.multiparty.opening import Opening
from snni.multiparty.roles import Role
from snni.wire.packing import U32


class Operation(Protocol):
    """Stateless: shapes only. What a frame keeps between ``take`` and ``evaluate`` is the step's own, used once."""

    @property
    def dealt_bytes(self) -> int:
        """From the dealer to the second evaluator, ahead."""
        ...

    @property
    def opened_bytes(self) -> tuple[int, ...]:
        """Payload of every opening, each way."""
        ...

    @property
    def claimed_bytes(self) -> int:
        """Where they are checked: from the first evaluator to the dealer, online, a frame for each opening."""
        ...

    def deal(self, dealer: Dealer, c: U32, mask: U32 | None) -> U32:
        """c: the input's mask. mask: the output's where the evaluators can draw their halves of it, else the dealer
        draws one. Returns the output's mask."""
        ...

    def take(self, dealt: Dealt) -> Any:
        """This evaluator's shares of what was dealt."""
        ...

    def evaluate(self, role: Role, shares: Any, s: U32, opening: Opening) -> U32:
        """From the masked input to the masked output."""
        ...
