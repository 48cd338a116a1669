"""A dealer that keeps both evaluators' shares of what it deals, so that it can prove of them what it says they are."""

from __future__ import annotations

import numpy as np

from snni.multiparty.dealing import Dealer, Dealt
from snni.multiparty.forms import Checks
from snni.multiparty.keys import DealerKeys
from snni.multiparty.prove.algebra import U64
from snni.multiparty.roles import EVALUATORS, Role
from snni.ring.arithmetic import reduce
from snni.wire.packing import U32, pack

WIDE = 2
"""Words of 32 bits that a dealt word of 64 bits goes as."""


class KeepingDealer(Dealer):
    """``taken`` gives an evaluator's shares again, in the order in which they were dealt since the last time."""

    def __init__(self, keys: DealerKeys, number: int, checks: Checks | None = None) -> None:
        super().__init__(keys, number, checks)
        self._kept: dict[Role, list[U32]] = {role: [] for role in EVALUATORS}

    def wide(self, values: U64) -> None:
        """Share uint64 [n] as a sum mod 2^64."""
        first = self._first.draw(WIDE * values.size, 32)
        self._keep(first, (values - first.view(np.uint64)).view(np.uint32), 32)

    def additive(self, values: U32, bits: int) -> None:
        first = self._first.draw(values.size, bits)
        self._keep(first, reduce(values.reshape(-1) - first, bits), bits)

    def boolean(self, words: U32, bits: int) -> None:
        first = self._first.draw(words.size, bits)
        self._keep(first, words ^ first, bits)

    def taken(self) -> dict[Role, Kept]:
        kept, self._kept = self._kept, {role: [] for role in EVALUATORS}
        return {role: Kept(shares) for role, shares in kept.items()}

    def _keep(self, first: U32, second: U32, bits: int) -> None:
        """first: what the first evaluator draws; second: what the other is sent."""
        self._parts.append(pack(second, bits))
        for role, share in zip(EVALUATORS, (first, second), strict=True):
            self._kept[role].append(share)


class Kept:
    """Implements ``Dealt``."""

    def __init__(self, shares: list[U32]) -> None:
        self._shares = shares

    def additive(self, count: int, bits: int) -> U32:
        return self._next(count)

    def boolean(self, count: int, bits: int) -> U32:
        return self._next(count)

    def _next(self, count: int) -> U32:
        share = self._shares.pop(0)
        if share.size != count:
            raise ValueError(f"{count} values are taken where {share.size} were dealt")
        return share


def take_wide(dealt: Dealt, count: int) -> U64:
    """An evaluator's shares of uint64 [count]."""
    return dealt.additive(WIDE * count, 32).view(np.uint64)
