"""AND of authenticated bits by a triple (Beaver, CRYPTO 1991): both factors are opened under a triple's bits."""

from __future__ import annotations

from snni.twoparty.active.party import Party
from snni.twoparty.active.shares import Shares, joined
from snni.twoparty.active.triples import TripleMaker


def land(party: Party, triples: TripleMaker, x: Shares, y: Shares) -> Shares:
    """x AND y, bit by bit, of one shape. One flight each way. Right once ``party.check`` has passed."""
    shape, n = x.shape, x.bits.size
    triple = triples.take(n)
    opened = party.open(joined([x.reshape(n) ^ triple.x, y.reshape(n) ^ triple.y]))
    e, f = opened[:n], opened[n:]
    return party.plus(triple.z ^ triple.y.times(e) ^ triple.x.times(f), e & f).reshape(*shape)
