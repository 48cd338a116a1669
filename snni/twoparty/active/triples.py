"""Authenticated ANDs of random bits, made ahead of the inputs.

Leaky ones: Katz, Ranellucci, Rosulek, Wang (CRYPTO 2018, eprint 2018/578), protocol LaAND: a cheater may bet on bits x
of the other one's, and is noticed with a chance of 1/2 each. Then buckets (Nielsen et al., CRYPTO 2012; Wang,
Ranellucci, Katz, eprint 2017/030, section 4.2): secure if one of a bucket is.

  S_client XOR S_server = (x y XOR z) (Delta_client XOR Delta_server), whose bit 0 is x y XOR z: Deltas differ there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snni.errors import WireError
from snni.twoparty.active.blocks import Blocks, blocks_of, hashes, low_bit, where
from snni.twoparty.active.bucket import bucket_size, shuffled
from snni.twoparty.active.party import CODES, Party
from snni.twoparty.active.shares import Shares, joined
from snni.wire.packing import U8

MOST_AT_ONCE = 300_000
"""Triples of one batch: enough for buckets of three."""
LEAST_AT_ONCE = 1 << 10


@dataclass(frozen=True, repr=False)
class Triples:
    """x y = z, bit by bit."""

    x: Shares
    y: Shares
    z: Shares

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, at: slice) -> Triples:
        return Triples(self.x[at], self.y[at], self.z[at])


class TripleMaker:
    """Makes them in batches; each is handed out once."""

    def __init__(self, party: Party, least: int = LEAST_AT_ONCE) -> None:
        """least: how many a batch has at least; more make buckets smaller. Both parties say the same."""
        self._party = party
        self._least = min(MOST_AT_ONCE, max(LEAST_AT_ONCE, least))
        self._ready: list[Triples] = []
        self._hashed = 0
        self.made = 0

    def take(self, n: int) -> Triples:
        """n fresh triples. Raises as Party's methods."""
        while sum(map(len, self._ready)) < n:
            missing = n - sum(map(len, self._ready))
            self._ready.append(self.make(min(MOST_AT_ONCE, max(self._least, missing))))
        pool = self._ready[0] if len(self._ready) == 1 else _joined(self._ready)
        self._ready = [pool[n:]] if len(pool) > n else []
        return pool[:n]

    def make(self, n: int) -> Triples:
        """n triples, of which a cheater knows no bit but with a chance of 2^-40."""
        size = bucket_size(n)
        leaky = self.leaky(n * size)
        order = shuffled(n * size, self._party.coin()).reshape(size, n)
        first = leaky.x[order[0]], leaky.y[order[0]], leaky.z[order[0]]
        x, y, z = first
        others = [Triples(leaky.x[at], leaky.y[at], leaky.z[at]) for at in order[1:]]
        opened = self._party.open(joined([y ^ other.y for other in others])).reshape(size - 1, n)
        for difference, other in zip(opened, others, strict=True):
            z = z ^ other.z ^ other.x.times(difference)
            x = x ^ other.x
        self._party.check()
        self.made += n
        return Triples(x, y, z)

    def leaky(self, n: int) -> Triples:
        """n ANDs that are right, of whose x a cheater may have won bets."""
        party, drawn = self._party, self._party.random(3 * n)
        x, y, z = drawn[:n], drawn[n : 2 * n], drawn[2 * n :]
        own, theirs = party.starts
        first, self._hashed = self._hashed, self._hashed + n
        both: Blocks = where(y.bits, party.delta) ^ y.keys ^ y.codes
        hashed = hashes(own, first, x.keys)
        sent = hashed ^ hashes(own, first, x.keys ^ party.delta) ^ both
        received = _blocks(party.exchange(CODES, sent.tobytes(), 16 * n), n)
        chosen = where(x.bits, received) ^ hashes(theirs, first, x.codes)
        of_z = where(z.bits, party.delta) ^ z.keys ^ z.codes
        total: Blocks = hashed ^ chosen ^ of_z ^ where(x.bits, both)
        bits: U8 = low_bit(total)
        wrong = bits ^ party.exchange_bits(bits)
        party.same(total ^ where(wrong, party.delta))
        return Triples(x, y, party.plus(z, wrong))


def _blocks(payload: memoryview, n: int) -> Blocks:
    if len(payload) != 16 * n:
        raise WireError(f"{len(payload)} bytes in place of {n} blocks")
    return blocks_of(np.frombuffer(payload, np.uint8).reshape(n, 16))


def _joined(pools: list[Triples]) -> Triples:
    parts = ([pool.x for pool in pools], [pool.y for pool in pools], [pool.z for pool in pools])
    return Triples(*(joined(part) for part in parts))
