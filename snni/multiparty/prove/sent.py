"""What proofs of so many relations and products send, by server: headers included."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from snni.multiparty.prove.bits import VALUES, pieces, width
from snni.multiparty.prove.ends import SERVERS, TOLD
from snni.multiparty.prove.inner import LEAST, NONCE
from snni.multiparty.prove.packed import BLOCKS, SAID, VARIABLES
from snni.multiparty.prove.planes import Relations
from snni.multiparty.prove.sides import HASH_BYTES
from snni.multiparty.prove.sums import WEIGHTINGS, repetitions
from snni.multiparty.prove.sums import pieces as sum_pieces
from snni.multiparty.prove.words import REPETITIONS
from snni.multiparty.roles import Role
from snni.wire.framing import HEADER

WORD_BYTES = 8


@dataclass
class Sent:
    """by: bytes, by who sends them. shared: whether both verifiers have shares of both factors."""

    by: Counter[Role] = field(default_factory=Counter)

    def bits(self, prover: Role, statements: Sequence[Relations], shared: bool) -> None:
        for piece in pieces(statements):
            length = VALUES // BLOCKS * width(piece)
            halvings = max(0, -(-length // LEAST) - 1).bit_length()
            self._challenge(prover, 2)
            self._words(prover, SAID)
            self._challenge(prover, VARIABLES)
            for _ in range(halvings):
                self._words(prover, 2)
                self._challenge(prover, 1)
            self._sacrifice(prover, -(-length // (1 << halvings)), shared)

    def words(self, prover: Role, lengths: Sequence[int], shared: bool) -> None:
        for _ in range(REPETITIONS if lengths else 0):
            self._challenge(prover, 2)
            self._sacrifice(prover, sum(lengths), shared)

    def sums(self, prover: Role, sums: Sequence[tuple[int, int, int]], shared: bool) -> None:
        for piece in sum_pieces([(terms, count) for terms, count, _ in sums]):
            length = sum(sums[at][0] * (taken.stop - taken.start) for at, taken in piece)
            for _ in range(repetitions([sums[at][2] for at, _ in piece])):
                self._challenge(prover, 2)
                self._sacrifice(prover, length, shared, WEIGHTINGS)

    def _sacrifice(self, prover: Role, length: int, shared: bool, products: int = 1) -> None:
        drawing = self._drawing(prover)
        self._words(prover, products)
        self._challenge(prover, NONCE)
        self.by[drawing] += HEADER.size + HASH_BYTES
        self.by[prover] += 2 * (HEADER.size + HASH_BYTES)
        self._words(TOLD[prover], length)
        if shared:
            self._words(drawing, length)
        for role in (drawing, TOLD[prover]):
            self._words(role, products)

    def _challenge(self, prover: Role, words: int) -> None:
        self._words(TOLD[prover], words)

    def _words(self, role: Role, count: int) -> None:
        self.by[role] += HEADER.size + WORD_BYTES * count

    @staticmethod
    def _drawing(prover: Role) -> Role:
        (drawing,) = (role for role in SERVERS if role not in (prover, TOLD[prover]))
        return drawing
