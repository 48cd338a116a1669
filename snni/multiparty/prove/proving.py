"""One dealing's proofs, one after another: the dealer's of what it dealt, then of either evaluator of its part of
checks.

Every server runs ``prove_all`` on its own record. When it returns, what was dealt is right, and the dealer has what it
checks openings by (check/verify.py).
"""

from __future__ import annotations

from snni.multiparty.prove.bits import prove_bits
from snni.multiparty.prove.corrections import Corrections
from snni.multiparty.prove.ends import Ends
from snni.multiparty.prove.record import Record
from snni.multiparty.prove.sums import prove_sums
from snni.multiparty.prove.words import prove_words
from snni.multiparty.roles import EVALUATORS, Role
from snni.wire.packing import U32


def prove_all(ends: Ends, record: Record, number: int) -> list[U32] | None:
    """At the dealer chi of every opening, in their order; None at an evaluator. Raises DeviationError, WireError."""
    side = ends.side(Role.DEALER, number)
    prove_bits(side, record.relations)
    prove_words(side, record.products)
    prove_sums(side, record.sums)
    told = Corrections(ends, record.openings, number)
    for role in EVALUATORS:
        told.exchange(role)
    for role in EVALUATORS:
        side = ends.side(role, number)
        prove_bits(side, told.relations(role))
        prove_words(side, told.convolutions(role))
        prove_sums(side, told.sums(role))
    return told.chi if ends.role is Role.DEALER else None
