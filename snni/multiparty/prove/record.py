"""What is to be proved of one dealing, as it is collected: the same code at all three servers, each by what it
knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from snni.multiparty.gate import GateShape, GateShares
from snni.multiparty.lookup import LookupShape
from snni.multiparty.multiply import ProductShape
from snni.multiparty.prove.conv import ConvPart, ConvStatement
from snni.multiparty.prove.gate import GatePart, relate_gate
from snni.multiparty.prove.lookup import LookupPart, RowsPart, relate_lookup
from snni.multiparty.prove.multiply import ProductPart, ProductStatement
from snni.multiparty.prove.planes import Known, Relations
from snni.multiparty.prove.rescale import RescalePart, TruncatedPart, relate_rescale, relate_truncated
from snni.multiparty.prove.told_convolutions import ConvolvedPart
from snni.multiparty.prove.told_sums import SumPart, TermPart
from snni.multiparty.prove.told_tables import TablePart
from snni.multiparty.proving_conv import ProvingConv
from snni.multiparty.rescale import RescaleOperation
from snni.multiparty.roles import EVALUATORS, Role
from snni.ring.arithmetic import reduce
from snni.wire.packing import U32

OpenedPart = TablePart | SumPart | RowsPart | ConvolvedPart
"""One evaluator's shares of what one opening is read by; None where only widths are known: at the other."""
OpenedParts = Mapping[Role, OpenedPart]
"""Of one opening, by evaluator; without shares where they are not known."""


@dataclass
class Record:
    """relations, products, sums: what the dealer proves. openings: in their order, what evaluators prove their parts
    of."""

    relations: list[Relations] = field(default_factory=list)
    products: list[ConvStatement] = field(default_factory=list)
    sums: list[ProductStatement] = field(default_factory=list)
    openings: list[OpenedParts] = field(default_factory=list)

    def gate(self, shape: GateShape, shift: int, known: Known[GatePart]) -> None:
        self.relations += relate_gate(shape, shift, known)
        for at, index in enumerate(shape.carry.indices):
            words = {role: part.shares.tables[at] for role, part in known.items()}
            self.openings.append({role: TablePart(shape.n, index, words.get(role)) for role in EVALUATORS})
        self.openings.append(
            {role: _chosen(shape, known[role].shares if role in known else None) for role in EVALUATORS}
        )

    def rescale(self, operation: RescaleOperation, known: Known[RescalePart]) -> None:
        self.relations.append(relate_rescale(operation, known))
        n, above = operation.elements, operation.out_bits - operation.window
        opened = {}
        for role in EVALUATORS:
            wrap = known[role].wrap if role in known else None
            terms = (TermPart(wrap, n, above, operation.window),) if above else ()
            opened[role] = SumPart(terms, n, operation.out_bits, role in known)
        self.openings.append(opened)

    def truncated(self, shift: int, window: int, known: Known[TruncatedPart]) -> None:
        self.relations.append(relate_truncated(shift, window, known))

    def conv(self, conv: ProvingConv, known: Known[ConvPart]) -> None:
        self.products.append(ConvStatement(conv.step, known))
        one = next(iter(known.values()))
        inputs, outputs = one.x.shape, one.gamma.shape
        opened = {}
        for role in EVALUATORS:
            part = known.get(role)
            weights, x = (None, None) if part is None else (part.weights, part.x)
            opened[role] = ConvolvedPart(conv.step, inputs, outputs, weights, x, conv.aside)
        self.openings.append(opened)

    def lookup(self, shape: LookupShape, function: U32, known: Known[LookupPart]) -> None:
        self.relations += relate_lookup(shape, function, known)
        tables = {role: part.tables for role, part in known.items()}
        self.openings.append({role: RowsPart(shape, tables.get(role)) for role in EVALUATORS})

    def product(self, shape: ProductShape, known: Known[ProductPart]) -> None:
        self.sums.append(ProductStatement(shape, known))
        opened = {}
        for role in EVALUATORS:
            part = known.get(role)
            factors = (None, None) if part is None else (part.y.astype(np.uint32), part.x.astype(np.uint32))
            terms = tuple(TermPart(one, shape.n, shape.bits) for one in factors)
            opened[role] = SumPart(terms, shape.n, shape.bits, part is not None)
        self.openings.append(opened)


def _chosen(shape: GateShape, shares: GateShares | None) -> SumPart:
    """The terms of gate.py's form, by shares."""
    lam = spread = None
    wraps: tuple[np.ndarray | None, np.ndarray | None] = (None, None)
    if shares is not None:
        lam = np.tile(shares.lam, shape.lanes)
        spread = reduce(shares.products[1] - shares.products[0], shape.bits)
        wraps = shares.wraps or wraps
    terms = [TermPart(lam, shape.payload, shape.bits), TermPart(spread, shape.n, shape.bits)]
    if shape.extends:
        terms += [TermPart(one, shape.n, shape.bits - shape.window, shape.window) for one in wraps]
    return SumPart(tuple(terms), shape.payload, shape.bits, shares is not None)
