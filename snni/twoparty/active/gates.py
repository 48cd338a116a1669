"""AND of authenticated bits by a triple (Beaver, CRYPTO 1991): both factors are opened under a triple's bits."""

from __future__ import annotations

from snni.twoparty.active.party import Party
from snni.twoparty.active.shares import Shares, joined
from snni.twoparty.active.triples import TripleMaker


def land(party: Party, triples: TripleMaker, x: Shares, y: Shares) -> Shares:
    """x AND y, bit by bit. One flight each way. Right once ``party.check`` has passed."""
    n = len(x)
    triple = triples.take(n)
    opened = party.open(joined([x ^ triple.x, y ^ triple.y]))
    e, f = opened[:n], opened[n:]
    return party.plus(triple.z ^ triple.y.times(e) ^ triple.x.times(f), e & f)
