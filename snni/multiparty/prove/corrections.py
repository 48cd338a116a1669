"""What lets the dealer check openings (check/), here from the evaluators: each makes its part, and proves it.

chi = psi - form(u) is what section 9 of DESIGN.md has a fourth server send. Its coefficients are shared between the
evaluators, who both know u and psi: each sends the dealer psi_i - form_i(u), form_i by its shares. It proves that to
the dealer, who knows its shares, and to the other evaluator, who knows u and psi_i: every product has one factor at
each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from snni.multiparty.keys import DealtStream
from snni.multiparty.prove.algebra import U64
from snni.multiparty.prove.ends import Ends
from snni.multiparty.prove.hidden import Hidden, hide, known_sum
from snni.multiparty.prove.lookup import RowsPart
from snni.multiparty.prove.planes import Relations
from snni.multiparty.prove.record import OpenedPart, OpenedParts
from snni.multiparty.prove.sums import ToldSum
from snni.multiparty.prove.told_convolutions import ConvolvedPart, ToldConvolved
from snni.multiparty.prove.told_sums import SumPart
from snni.multiparty.prove.told_tables import TablePart
from snni.multiparty.roles import EVALUATORS, Role
from snni.wire.channel import Channel
from snni.wire.packing import U32, Reader, pack, packed_bytes

CORRECTION = 0x64  # frame tag, from an evaluator to the dealer: its part of one opening's chi


class Corrections:
    """Parts of chi, made by the evaluators, heard by the dealer."""

    def __init__(self, ends: Ends, openings: Sequence[OpenedParts], number: int) -> None:
        self._ends, self._openings = ends, openings
        self._parts: dict[Role, list[U64]] = {}
        self._hidden: list[Hidden] | None = None
        if ends.role is not Role.DEALER:
            (other,) = (role for role in EVALUATORS if role is not ends.role)
            streams = ends.keys[other].hiding(number), ends.keys[other].proof(number, b"psi's parts")
            self._hidden = [_hidden(parts[Role.FIRST], *streams) for parts in self._openings]

    def exchange(self, role: Role) -> None:
        """The parts of ``role``, told to the dealer."""
        if self._ends.role is role and self._hidden is not None:
            index = EVALUATORS.index(role)
            pairs = zip(self._openings, self._hidden, strict=True)
            self._parts[role] = [parts[role].told(hidden.u, hidden.psi[index]) for parts, hidden in pairs]
            for parts, chi in zip(self._openings, self._parts[role], strict=True):
                self._ends.channels[Role.DEALER].send(CORRECTION, _packed(parts[role], chi))
        elif self._ends.role is Role.DEALER:
            self._parts[role] = [_heard(parts[role], self._ends.channels[role]) for parts in self._openings]

    def relations(self, role: Role) -> list[Relations]:
        """That its parts of tables' readings are right."""
        made = []
        for at, parts in enumerate(self._openings):
            part = parts[role]
            if isinstance(part, TablePart):
                group = part.group(self._u(at), known_sum(self._psi(role, at), self._chi(role, at), boolean=True))
                made.append(Relations(part.n, frozenset(), [group]))
        return made

    def convolutions(self, role: Role) -> list[ToldConvolved]:
        """That its parts of convolutions are."""
        parts = [(at, parts[role]) for at, parts in enumerate(self._openings)]
        return [
            ToldConvolved(part, self._u(at), self._z(role, at)) for at, part in parts if isinstance(part, ConvolvedPart)
        ]

    def sums(self, role: Role) -> list[ToldSum]:
        """That its parts of sums are."""
        parts = [(at, parts[role]) for at, parts in enumerate(self._openings)]
        return [
            ToldSum(part, self._u(at), self._z(role, at)) for at, part in parts if isinstance(part, SumPart | RowsPart)
        ]

    @property
    def chi(self) -> list[U32]:
        """Of both, mod 2^bits."""
        whole = []
        for parts, first, second in zip(self._openings, *(self._parts[role] for role in EVALUATORS), strict=True):
            part = parts[Role.FIRST]
            total = first ^ second if isinstance(part, TablePart) else first + second
            whole.append((total & np.uint64((1 << part.bits) - 1)).astype(np.uint32))
        return whole

    def _z(self, role: Role, at: int) -> U64:
        return known_sum(self._psi(role, at), self._chi(role, at), boolean=False)

    def _u(self, at: int) -> list[U32] | None:
        return None if self._hidden is None else self._hidden[at].u

    def _psi(self, role: Role, at: int) -> U64 | None:
        return None if self._hidden is None else self._hidden[at].psi[EVALUATORS.index(role)]

    def _chi(self, role: Role, at: int) -> U64 | None:
        return self._parts[role][at] if role in self._parts else None


def _hidden(part: OpenedPart, hiding: DealtStream, apart: DealtStream) -> Hidden:
    return hide(hiding, apart, part.widths, part.count, part.bits, isinstance(part, TablePart))


def _packed(part: OpenedPart, chi: U64) -> bytes:
    return pack(chi.astype(np.uint8), 1) if isinstance(part, TablePart) else chi.tobytes()


def _heard(part: OpenedPart, channel: Channel) -> U64:
    if isinstance(part, TablePart):
        reader = Reader(channel.recv(CORRECTION, packed_bytes(part.count, 1)))
        bits = reader.bytes(part.count, 1).astype(np.uint64)
        reader.end()
        return bits
    reader = Reader(channel.recv(CORRECTION, 8 * part.count))
    words = reader.words(2 * part.count, 32).view(np.uint64)
    reader.end()
    return words
