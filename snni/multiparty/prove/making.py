"""Making what a plan's steps need, at the dealer (dealing.py) and at an evaluator (taking.py), so that all of it can be
proved.

Every mask is a sum of halves that either evaluator draws: of images and ReLUs as among three passive servers, and of
what the dealer draws alone there too. So every relation is one between things that the evaluators have."""

from __future__ import annotations

from typing import Any, Protocol

from snni.multiparty.gate import GateShape, GateShares
from snni.multiparty.lookup import LookupShape
from snni.multiparty.multiply import ProductShape
from snni.multiparty.prove.planes import Known
from snni.multiparty.prove.record import Record
from snni.multiparty.proving_conv import ProvingConv
from snni.multiparty.rescale import RescaleOperation
from snni.wire.packing import U32

DEALT = 0x61  # frame tag, from the dealer to the second evaluator: one step's shares, as in batch.py


class Maker(Protocol):
    """halves: by evaluator, as far as they are known."""

    record: Record

    def draw(self, stream: int, shape: tuple[int, ...], bits: int) -> Known[U32]:
        """Halves of a mask."""
        ...

    def begin(self) -> None:
        """A step."""
        ...

    def end(self) -> None: ...

    def gate(self, shape: GateShape, shift: int, c: Known[U32], mask: Known[U32]) -> GateShares | None:
        """This evaluator's shares; None at the dealer. c: uint32 [lanes * n] before it is truncated by shift."""
        ...

    def rescale(self, operation: RescaleOperation, c: Known[U32], mask: Known[U32]) -> Any: ...

    def truncated(self, c: Known[U32], shift: int, window: int) -> Known[U32]:
        """Halves of truncated c, uint32 [n], where it is not compared itself."""
        ...

    def conv(self, conv: ProvingConv, c: Known[U32], mask: Known[U32]) -> Any: ...

    def lookup(self, shape: LookupShape, function: U32, c: Known[U32], mask: Known[U32]) -> Any:
        """c: halves of what is looked up, uint32 [n] mod 2^window."""
        ...

    def product(self, shape: ProductShape, x: Known[U32], y: Known[U32], mask: Known[U32]) -> Any: ...
