"""What makes a dealt rescale (rescale.py) right, or truncated masks, as relations between bits: as in gate.py,
without a comparison."""

from __future__ import annotations

from dataclasses import dataclass

from snni.multiparty.dealing import Dealt
from snni.multiparty.prove.gate import add, extended
from snni.multiparty.prove.planes import Known, Relations, planes, xored
from snni.multiparty.rescale import RescaleOperation
from snni.wire.packing import U32


@dataclass(frozen=True)
class RescalePart:
    """One evaluator's halves of c and of the output's mask, its shares, and its share of c's bits, uint32 [n] each."""

    c: U32
    mask: U32
    constant: U32
    wrap: U32 | None
    bits: U32


def take_rescale_part(operation: RescaleOperation, dealt: Dealt, c: U32, mask: U32) -> RescalePart:
    """In the order in which it was dealt."""
    constant, wrap = operation.take(dealt)
    bits = dealt.boolean(operation.elements, operation.shift + operation.window)
    return RescalePart(c.reshape(-1), mask.reshape(-1), constant, wrap, bits)


def relate_rescale(operation: RescaleOperation, known: Known[RescalePart]) -> Relations:
    made = Relations(operation.elements, frozenset(known))
    whole = operation.shift + operation.window
    c = xored({role: planes(part.bits, whole) for role, part in known.items()})
    add(made, {role: part.c for role, part in known.items()}, c)
    constants = {role: part.constant + part.mask for role, part in known.items()}
    add(made, constants, extended(c[operation.shift :], operation.out_bits))
    above = operation.out_bits - operation.window
    if above:
        wraps = {role: part.wrap for role, part in known.items() if part.wrap is not None}
        add(made, wraps, [made.one ^ c[-1]] * above)
    return made


@dataclass(frozen=True)
class TruncatedPart:
    """One evaluator's half of c, its share of truncated c, and its share of c's bits, uint32 [n] each."""

    c: U32
    kept: U32
    bits: U32


def take_truncated_part(shift: int, window: int, dealt: Dealt, c: U32) -> TruncatedPart:
    """In the order in which it was dealt."""
    kept = dealt.additive(c.size, window)
    return TruncatedPart(c, kept, dealt.boolean(c.size, shift + window))


def relate_truncated(shift: int, window: int, known: Known[TruncatedPart]) -> Relations:
    """Of truncated c in halves, which are dealt for it: truncation is not linear in c's own."""
    made = Relations(next(iter(known.values())).c.size, frozenset(known))
    c = xored({role: planes(part.bits, shift + window) for role, part in known.items()})
    add(made, {role: part.c for role, part in known.items()}, c)
    add(made, {role: part.kept for role, part in known.items()}, c[shift:])
    return made
