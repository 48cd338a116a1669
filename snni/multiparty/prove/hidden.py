"""What hides the terms of an opening, and its result, from the dealer: both evaluators draw it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snni.multiparty.keys import DealtStream
from snni.multiparty.prove.algebra import U64, drawn
from snni.wire.packing import U32

Widths = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Hidden:
    """What both evaluators draw for one opening: u by term, and their parts of psi: uint64 [n], bits where boolean."""

    u: list[U32]
    psi: tuple[U64, U64]


def hide(hiding: DealtStream, apart: DealtStream, widths: Widths, count: int, bits: int, boolean: bool) -> Hidden:
    """hiding: the stream that openings are hidden by, u first, then psi mod 2^bits. apart: what psi's parts differ
    by."""
    u = [hiding.draw(size, wide) for size, wide in widths]
    psi = hiding.draw(count, bits).astype(np.uint64)
    first = drawn(apart, count)
    if boolean:
        first &= np.uint64(1)
        return Hidden(u, (first, psi ^ first))
    return Hidden(u, (first, psi - first + (drawn(apart, count) << np.uint64(bits))))


def known_sum(psi: U64 | None, chi: U64 | None, boolean: bool) -> U64:
    """psi_i - chi_i by what is known: both at who proves, psi at the other evaluator, chi at the dealer."""
    if boolean:
        there = [one for one in (psi, chi) if one is not None]
        return there[0] ^ there[1] if len(there) == 2 else there[0]
    whole = psi if psi is not None else np.zeros_like(chi)
    return whole if chi is None else whole - chi
