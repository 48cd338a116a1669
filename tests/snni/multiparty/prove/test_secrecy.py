"""What verifiers and the dealer see of a proof and of corrections is uniform, whatever it is of; take a random value
out, and this shows it."""

from __future__ import annotations

import numpy as np
import pytest

from snni.model.steps import Conv
from snni.multiparty.gate import GateShape, deal_gate
from snni.multiparty.keys import DealerKeys, DealtStream, PairKey
from snni.multiparty.prove import hidden, inner
from snni.multiparty.prove.algebra import FIELD, WORDS
from snni.multiparty.prove.gate import deal_hints
from snni.multiparty.prove.hidden import hide
from snni.multiparty.prove.inner import Claim, prove_folded, sacrifice
from snni.multiparty.prove.keeping import KeepingDealer
from snni.multiparty.prove.told_convolutions import ConvolvedPart
from snni.multiparty.prove.told_sums import SumPart, TermPart
from snni.multiparty.prove.told_tables import TablePart
from snni.multiparty.roles import Role
from tests.snni.multiparty.prove.three import PARTIES, proved
from tests.support.uniform import unevenness

N = 1 << 14


def columns_of(name, values):
    """Of uint64 [n]: the lowest and the highest 16 bits."""
    low, high = values & np.uint64(0xFFFF), values >> np.uint64(48)
    return [(f"{name} {part}", one.astype(np.uint32), 16) for part, one in (("low", low), ("high", high))]


def opened(algebra):
    """What the drawing verifier sends the told one, of vectors that are all the same."""
    a, b = (np.full(N, value, np.uint64) for value in (3, 5))
    z = algebra.dot(a, b)
    claims = {"prover": Claim(a, b, z), "drawing": Claim(a, None, z), "told": Claim(None, b, 0)}
    ended = proved({party: lambda side, party=party: sacrifice(side, algebra, claims[party]) for party in PARTIES})
    return np.frombuffer(ended.sent["drawing", "told"][0], np.uint64)


@pytest.mark.parametrize("algebra", [FIELD, WORDS], ids=["field", "words"])
def test_what_verifiers_open_is_uniform(monkeypatch, algebra):
    assert unevenness(columns_of("e", opened(algebra))) == []
    monkeypatch.setattr(inner, "drawn", lambda stream, count: np.zeros(count, np.uint64))
    assert unevenness(columns_of("e", opened(algebra)))


def test_a_folded_proofs_words_are_uniform():
    """Of many proofs of one claim: each word that the told verifier hears."""

    def heard():
        a, b = np.full(600, 3, np.uint64), np.full(600, 5, np.uint64)
        z = FIELD.dot(a, b)
        claims = {"prover": Claim(a, b, z), "drawing": Claim(a, None, z), "told": Claim(None, b, 0)}
        parts = {party: lambda side, party=party: prove_folded(side, claims[party]) for party in PARTIES}
        sent = proved(parts).sent["prover", "told"]
        return [np.frombuffer(frame, np.uint64) for frame in sent if len(frame) <= 16]

    runs = [heard() for _ in range(300)]
    places = [(at, index) for at in range(len(runs[0])) for index in range(len(runs[0][at]))]
    words = [np.array([run[at][index] for run in runs]) for at, index in places]
    assert len(words) == 5  # q(0) and q's leading coefficient of two halvings, and Z
    assert all(len(set(one.tolist())) == len(runs) for one in words)
    ones = [np.bitwise_count(one).astype(int) for one in words]
    assert all(abs(one.mean() - 32) < 8 * 4 / np.sqrt(len(runs)) for one in ones)  # 8 standard deviations


STEP = Conv(
    name="conv", x="x", y="y", kernel=(1, 1), stride=(1, 1), padding=(0, 0), out_channels=1, groups=1, ring_bits=12
)  # fmt: skip


def part_of(kind):
    if kind == "table":
        return TablePart(N, 4, np.full(N, 0xBEEF, np.uint32))
    if kind == "sum":
        terms = TermPart(np.full(N, 77, np.uint32), N, 12), TermPart(np.full(N, 9, np.uint32), N, 5, 7)
        return SumPart(terms, N, 12, True)
    weights, x = np.full((1, 1, 1, 1), 5, np.uint64), np.full((1, 1, 1, N), 9, np.uint64)
    return ConvolvedPart(STEP, x.shape, (1, 1, N), weights, x, np.full((1, 1, 1, 1), 7, np.uint64))


def told(kind):
    part = part_of(kind)
    hiding, apart = PairKey.fresh().hiding(0), PairKey.fresh().proof(0, b"psi's parts")
    hidden = hide(hiding, apart, part.widths, part.count, part.bits, kind == "table")
    both = [part.told(hidden.u, psi) for psi in hidden.psi]
    if kind == "table":  # and what follows with the hidden terms, of which each is a 1 at entry 3
        read = np.bitwise_count(part.words & (hidden.u[0] ^ np.uint32(8))).astype(np.uint32) & np.uint32(1)
        told_bits = [chi.astype(np.uint32) for chi in both]
        return [(f"chi {at} {name}", chi ^ more, 1) for at, chi in enumerate(told_bits)
                for name, more in (("alone", np.uint32(0)), ("with the term", read))]  # fmt: skip
    named = (*((f"chi {at}", chi) for at, chi in enumerate(both)), ("chi", both[0] + both[1]))
    return [column for name, chi in named for column in columns_of(name, chi)]


@pytest.mark.parametrize("kind", ["table", "sum", "convolution"])
def test_what_the_dealer_is_told_is_uniform(monkeypatch, kind):
    assert unevenness(told(kind)) == []
    monkeypatch.setattr(hidden, "drawn", lambda stream, count: np.zeros(count, np.uint64))
    assert unevenness(told(kind))


def hints():
    """The second evaluator's shares of what is dealt besides for a gate, of N copies of one mask."""
    shape, shift = GateShape(N, 7, 9), 3
    dealer = KeepingDealer(DealerKeys.fresh(), 0)
    c, none = np.full(N, 0b1011011010, np.uint32), np.zeros(N, np.uint32)
    sigmas, lam = deal_gate(shape, dealer, c >> np.uint32(shift), none)
    dealer.taken()
    deal_hints(shape, shift, dealer, c, lam, sigmas)
    shares = dealer.taken()[Role.SECOND]._shares
    widths = [10, 7, *(int(share.max()).bit_length() for share in shares[2:])]
    return [(f"hint {at}", share, bits) for at, (share, bits) in enumerate(zip(shares, widths, strict=True)) if bits]


def test_what_is_dealt_besides_is_uniform(monkeypatch):
    assert unevenness(hints()) == []
    real, count = DealtStream.draw, []

    def draw(self, size, bits):
        count.append(size)
        return real(self, size, bits) * np.uint32(len(count) < 8)

    monkeypatch.setattr(DealtStream, "draw", draw)
    assert unevenness(hints())
