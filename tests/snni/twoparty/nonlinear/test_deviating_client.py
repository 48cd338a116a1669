"""What a client that leaves the protocol can learn from what an argmax opens: the lemma of DESIGN.md, section 9.

Of a gate's result the server's share is, whatever the client sends and given all that it has seen, a constant of the
client's making, one for each value of the bit, plus one of the gate's two operands. So a tournament of F opens one of
F.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from snni.twoparty import _nonlinear
from snni.twoparty.nonlinear.all_pairs import AllPairsShape

BITS = 4
ALL = np.arange(1 << BITS, dtype=np.uint32)


class View:
    """What the client has of one gate, chosen at random: its transfers, what it sent ahead, the server's messages; what
    it answers."""

    def __init__(self, seed: int) -> None:
        draw = np.random.default_rng(seed)
        self.lambda_c, self.opened, self.answer = (int(bit) for bit in draw.integers(0, 2, 3))
        self.pad, self.z, self.q0, self.q1, self.fix, self.word = (int(w) for w in draw.integers(0, 1 << BITS, 6))

    def server_share(self, d: int, s: np.ndarray) -> np.ndarray:
        """The server's share of the result, for its bit d and each share s of the payload: its dice are those that give
        the client this view."""
        n, lambda_s = s.size, d ^ self.opened
        signed = (1 - 2 * lambda_s) * s.astype(np.int64)
        other = (self.pad - self.z + signed) if self.lambda_c == 0 else (self.pad + self.z - signed)
        known, other = np.full(n, self.pad, np.uint32), (other % (1 << BITS)).astype(np.uint32)
        p0, p1 = (known, other) if self.lambda_c == 0 else (other, known)
        mine, z = np.full(n, lambda_s, np.uint8), np.empty(n, np.uint32)
        _nonlinear.server_product(mine, s, p0, p1, BITS, z)
        assert (z == self.z).all()
        pad, fix = np.full(n, (self.q0, self.q1)[lambda_s], np.uint32), np.full(n, self.fix, np.uint32)
        low, y = np.empty(n, np.uint32), np.empty(n, np.uint32)
        _nonlinear.unmask_payload(mine, pad, fix, BITS, low)
        delta, none = np.full(n, self.opened ^ self.answer, np.uint8), np.empty(0, np.uint32)
        _nonlinear.server_part(delta, np.empty(0, np.uint8), mine, s, p0, low, none, BITS, BITS, y)
        return (y + np.uint32(self.word)) % (1 << BITS)


class TwoFlightView:
    """The same of one gate in two flights: e is what the server opened of its choice where the client used it."""

    def __init__(self, seed: int) -> None:
        draw = np.random.default_rng(seed)
        self.lambda_c, self.e, self.answer = (int(bit) for bit in draw.integers(0, 2, 3))
        self.p, self.sigma = (int(word) for word in draw.integers(0, 1 << BITS, 2))
        self.pads, self.words = draw.integers(0, 1 << BITS, (2, 2)).astype(np.uint32)

    def server_share(self, d: int, s: np.ndarray) -> np.ndarray:
        """For its bit d and each share s of the payload: its dice are those that give the client this view."""
        n = s.size
        other = (self.p + s - self.sigma if self.lambda_c == 0 else self.p - s + self.sigma) % np.uint32(1 << BITS)
        known = np.full(n, self.p, np.uint32)
        p0, p1 = (known, other) if self.lambda_c == 0 else (other, known)
        sigma, none, no_bits = np.empty(n, np.uint32), np.empty(0, np.uint32), np.empty(0, np.uint8)
        _nonlinear.masked_share(s, p0, p1, BITS, sigma, no_bits, no_bits)
        assert (sigma == self.sigma).all()
        word, y = np.full(n, self.words[d] ^ self.pads[d ^ self.e], np.uint32), np.empty(n, np.uint32)
        delta = np.full(n, self.answer ^ d, np.uint8)
        _nonlinear.share_of(delta, word, p0, p1, *(no_bits,) * 4, none, none, BITS, BITS, y)
        return y


@pytest.mark.parametrize("kind", [View, TwoFlightView])
@pytest.mark.parametrize("seed", range(32))
def test_a_gate_gives_a_constant_and_one_of_its_operands(seed: int, kind: type[View | TwoFlightView]) -> None:
    """Every share of the payload, either bit. With the loser added, max(a, b) = b + gate(a - b), that is a or b."""
    view, selected = kind(seed), []
    for d in range(2):
        share = view.server_share(d, ALL)
        constant = int(share[0])
        assert np.array_equal(share, np.full(ALL.size, constant)) or np.array_equal(
            share, (constant + ALL) % (1 << BITS)
        )
        selected.append((int(share[1]) - int(share[0])) % (1 << BITS))
    assert sorted(selected) == [0, 1]  # one bit's case has the payload, the other not: the client chooses which


@pytest.mark.parametrize("count", [2, 3, 4])
def test_all_pairs_open_one_index_whatever_is_chosen(count: int) -> None:
    """Whatever the client sends as its choice and whatever the server's bits are, the one slot that it has the pad of
    holds one of the indices."""
    shape = AllPairsShape(count, 8)
    for bits in range(1 << len(shape.pairs)):
        opened = {int(shape.winners[slot ^ bits]) for slot in range(64)}
        assert opened == set(range(count))


@pytest.mark.parametrize("kind", [View, TwoFlightView])
@pytest.mark.parametrize("leaves", [2, 3, 4, 5, 8])
def test_a_tournament_opens_at_most_one_of_its_leaves(leaves: int, kind: type[View | TwoFlightView]) -> None:
    """All bits that comparisons can have, under views that the client has drawn at random: F openings at the most."""
    most = 0
    for seed in range(8):
        views, opened = [kind(100 * seed + i) for i in range(leaves - 1)], set()
        for bits in product((0, 1), repeat=leaves - 1):
            values, gate = [np.array([index], np.uint32) for index in range(leaves)], 0
            while len(values) > 1:
                won = []
                for a, b in zip(values[0::2], values[1::2], strict=False):
                    payload = (a - b) % np.uint32(1 << BITS)
                    won.append((views[gate].server_share(bits[gate], payload) + b) % np.uint32(1 << BITS))
                    gate += 1
                values = won + ([values[-1]] if len(values) % 2 else [])
            opened.add(int(values[0][0]))
        assert len(opened) <= leaves
        most = max(most, len(opened))
    assert most > leaves // 2  # the bound is nearly what such a client gets
