"""Openings that the dealer checks: the evaluators' side.

SWIFT (Koti, Pancholi, Patra, Suresh, eprint 2020/592), section III (joint message passing; multiplication, in which the
dealer computes what evaluators send from masked values and a correction), with the correction of a fourth server's as
in section IV and in Quad (Harth-Kitzerow, Carle, arXiv 2206.03776). For an opened z = public + constant + form(terms):

  the first sends terms + u to the dealer, both hash that, and hash z - public + psi;

u and psi come of a key that both evaluators and the witness have. DESIGN.md, section 9, has what differs.
"""

from __future__ import annotations

import hashlib

import numpy as np

from snni.multiparty.forms import Says, Statement
from snni.multiparty.keys import DealtStream
from snni.multiparty.opening import Opening
from snni.multiparty.roles import Role
from snni.ring.arithmetic import reduce
from snni.wire.channel import Channel
from snni.wire.packing import U8, U32, pack

CLAIM = 0x62  # frame tag, from the first evaluator to the dealer: an opening's hidden terms
CLOSE = 0x63  # frame tag, from either evaluator to the dealer: both hashes
HASH_BYTES = 32


class CheckedOpening:
    """Implements ``Opening`` over another. dealer: the stream to it."""

    def __init__(self, opening: Opening, role: Role, hiding: DealtStream, dealer: Channel) -> None:
        self._opening, self._role = opening, role
        self._hiding, self._dealer = hiding, dealer
        self._terms, self._opened = (hashlib.blake2b(digest_size=HASH_BYTES) for _ in range(2))

    def bits(self, shares: U8, says: Says) -> U8:
        opened = self._opening.bits(shares, says)
        said = says()
        self._tell([words ^ self._hiding.draw(words.size, bits) for words, bits in said.terms], said)
        self._opened.update(pack(opened ^ self._hiding.draw(opened.size, 1).astype(np.uint8), 1))
        return opened

    def ring(self, shares: U32, bits: int, says: Says) -> U32:
        opened = self._opening.ring(shares, bits, says)
        said = says()
        self._tell([reduce(words + self._hiding.draw(words.size, wide), wide) for words, wide in said.terms], said)
        private = opened.reshape(-1) if said.public is None else opened.reshape(-1) - said.public
        self._opened.update(pack(reduce(private + self._hiding.draw(opened.size, bits), bits), bits))
        return opened

    def close(self) -> None:
        """No more is opened: the dealer is told both hashes."""
        self._dealer.send(CLOSE, self._terms.digest() + self._opened.digest())

    def _tell(self, hidden: list[U32], said: Statement) -> None:
        claim = b"".join(pack(words, bits) for words, (_, bits) in zip(hidden, said.terms, strict=True))
        self._terms.update(claim)
        if self._role is Role.FIRST:
            self._dealer.send(CLAIM, claim)
