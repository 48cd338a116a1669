"""What is to be proved of one dealing, as it is collected: the same code at all three servers, each by what it
knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from snni.multiparty.gate import GateShape, GateShares
from snni.multiparty.lookup import LookupShape
from snni.multiparty.multiply import ProductShape
from snni.multiparty.prove.conv import ConvStatement
from snni.multiparty.prove.corrections import ConvolvedPart, OpenedPart, SumPart, TablePart, TermPart
from snni.multiparty.prove.gate import GatePart, relate_gate
from snni.multiparty.prove.lookup import LookupPart, RowsPart, relate_lookup
from snni.multiparty.prove.multiply import ProductPart, ProductStatement
from snni.multiparty.prove.planes import Known, Relations
from snni.multiparty.rescale import RescaleOperation
from snni.multiparty.roles import EVALUATORS, Role
from snni.ring.arithmetic import reduce
from snni.wire.packing import U32

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

    def rescale(self, operation: RescaleOperation, wraps: Known[np.ndarray | None]) -> None:
        n, above = operation.elements, operation.out_bits - operation.window
        opened = {}
        for role in EVALUATORS:
            terms = (TermPart(wraps.get(role), n, above, operation.window),) if above else ()
            opened[role] = SumPart(terms, n, operation.out_bits, role in wraps)
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

    def convolved(self, parts: Mapping[Role, ConvolvedPart]) -> None:
        self.openings.append(parts)


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
