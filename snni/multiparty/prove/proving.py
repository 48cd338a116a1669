"""One dealing's proofs, one after another: the dealer's of what it dealt, then of either evaluator of its part of
checks.

Every server runs ``prove_all`` on its own record. When it returns, what was dealt is right, and the dealer has what it
checks openings by (check/verify.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from snni.multiparty.keys import DealtStream, PairKey
from snni.multiparty.prove.algebra import U64
from snni.multiparty.prove.bits import prove_bits
from snni.multiparty.prove.corrections import (
    ConvolvedPart,
    Hidden,
    OpenedPart,
    SumPart,
    TablePart,
    ToldConvolved,
    hide,
    known_sum,
)
from snni.multiparty.prove.lookup import RowsPart
from snni.multiparty.prove.planes import Relations
from snni.multiparty.prove.record import Record
from snni.multiparty.prove.sides import Drawing, Prover, Side
from snni.multiparty.prove.sides import Told as ToldSide
from snni.multiparty.prove.sums import ToldSum, prove_sums
from snni.multiparty.prove.words import prove_words
from snni.multiparty.roles import EVALUATORS, Role
from snni.wire.channel import Channel
from snni.wire.packing import U32, Reader, pack, packed_bytes

CORRECTION = 0x64  # frame tag, from an evaluator to the dealer: its part of one opening's chi
TOLD = {Role.DEALER: Role.SECOND, Role.FIRST: Role.DEALER, Role.SECOND: Role.DEALER}
"""By who proves, the verifier that is told."""
SERVERS = (Role.DEALER, *EVALUATORS)


@dataclass(frozen=True)
class Ends:
    """What one server has to prove and verify by: a key in common with either other, and a channel to it."""

    role: Role
    keys: Mapping[Role, PairKey]
    channels: Mapping[Role, Channel]

    def side(self, prover: Role, number: int) -> Side:
        """This server's side of what ``prover`` proves of run ``number``."""
        told = TOLD[prover]
        (drawing,) = (role for role in SERVERS if role not in (prover, told))
        name = prover.value.encode()
        if self.role is prover:
            streams = {role: self.keys[role].proof(number, b"proof " + name) for role in (told, drawing)}
            return Prover(self.channels[told], self.channels[drawing], streams[drawing], streams[told])
        other = drawing if self.role is told else told
        shares = self.keys[prover].proof(number, b"proof " + name)
        challenges = self.keys[other].proof(number, b"asked " + name)
        kind = ToldSide if self.role is told else Drawing
        return kind(self.channels[prover], self.channels[other], shares, challenges)


def prove_all(ends: Ends, record: Record, number: int) -> list[U32] | None:
    """At the dealer chi of every opening, in their order; None at an evaluator. Raises DeviationError, WireError."""
    side = ends.side(Role.DEALER, number)
    prove_bits(side, record.relations)
    prove_words(side, record.products)
    prove_sums(side, record.sums)
    told = _Corrections(ends, record, number)
    for role in EVALUATORS:
        told.exchange(role)
    for role in EVALUATORS:
        side = ends.side(role, number)
        prove_bits(side, told.relations(role))
        prove_words(side, told.convolutions(role))
        prove_sums(side, told.sums(role))
    return told.chi if ends.role is Role.DEALER else None


class _Corrections:
    """Parts of chi, made by the evaluators, heard by the dealer."""

    def __init__(self, ends: Ends, record: Record, number: int) -> None:
        self._ends, self._openings = ends, record.openings
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
