"""The multiplexer of a gate in two flights: right for every share and many dice, and its views tell nothing, at rings
so small that all dice can be thrown.

DESIGN.md, section 6, argues what is counted here: each party's view has one distribution, whatever the other's secrets.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest

from snni.twoparty import _nonlinear
from tests.support.throws import every_throw_of

U32 = np.uint32
NONE, NO_BITS = np.empty(0, np.uint32), np.empty(0, np.uint8)


@dataclass
class Dice:
    """All that is random in gates: bits uint8 [n], messages of transfers uint32 [n, 2], r uint32 [n].

    p: of the transfer that shares lambda t; q: of the one that the server chooses a word by; k, m: of those whose
    choices kappa and mu mask what t wraps by and its top bit. e: what the server opens of its choice, its bit XOR tau.
    """

    lam: np.ndarray
    lam2: np.ndarray
    kappa: np.ndarray
    mu: np.ndarray
    tau: np.ndarray
    p: np.ndarray
    q: np.ndarray
    k: np.ndarray
    m: np.ndarray
    r: np.ndarray

    @property
    def n(self) -> int:
        return self.r.size


def chosen(pair: np.ndarray, choice: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.where(choice == 1, pair[:, 1], pair[:, 0]))


def every_throw() -> Dice:
    """Of a window of one bit in a ring of two: 19 bits."""
    take = every_throw_of(19)
    coins = [take(1).astype(np.uint8) for _ in range(5)]
    pairs = [np.stack([take(bits), take(bits)], axis=1) for bits in (1, 3, 1, 1)]
    return Dice(*coins, *pairs, take(2))


def random_throws(n: int, window: int, bits: int, seed: int) -> Dice:
    rng, extend = np.random.default_rng(seed), bits > window
    coins = rng.integers(0, 2, (5, n)).astype(np.uint8)
    widths = (window, bits + extend, max(1, bits - window), max(1, bits - window))
    pairs = [rng.integers(0, 1 << width, (n, 2)).astype(np.uint32) for width in widths]
    return Dice(*coins, *pairs, rng.integers(0, 1 << bits, n).astype(np.uint32))


@dataclass
class Run:
    """What each party has drawn and seen, and the server's share of the result."""

    server: list[np.ndarray]
    client: list[np.ndarray]
    result: np.ndarray


def shared(bit: np.ndarray, choice: np.ndarray, pair: np.ndarray, high: int) -> tuple[np.ndarray, ...]:
    """Both parties' shares of bit times choice, and the corrections."""
    n = bit.size
    mine, corrections, theirs = (np.empty(n, np.uint32) for _ in range(3))
    one, two = np.ascontiguousarray(pair[:, 0]), np.ascontiguousarray(pair[:, 1])
    _nonlinear.mask_wrap((bit ^ np.uint8(1)).astype(np.uint32), one, two, 1, high, mine, corrections)
    _nonlinear.unmask_payload(choice, chosen(pair, choice), corrections, high, theirs)
    return mine, theirs, corrections


def gates(c: int, v: int, d: tuple[int, int], dice: Dice, window: int, bits: int, half: int = 0) -> Run:
    """c, v: the parties' shares. d: their shares of the bit, C's first."""
    n, extend = dice.n, bits > window
    mine, v_all, d_c = np.full(n, c, U32), np.full(n, v, U32), np.full(n, d[0], np.uint8)
    p0, p1 = dice.p.T.copy()
    sigma, theta, top = np.empty(n, np.uint32), np.empty(n * extend, np.uint8), np.empty(n * extend, np.uint8)
    _nonlinear.masked_share(v_all, p0, p1, window, sigma, theta, top)
    eps, phi, lam2, of_kappa, of_mu, fixes = NO_BITS, NO_BITS, NO_BITS, (NONE, NONE), (NONE, NONE), []
    if extend:
        eps, phi, lam2 = top ^ dice.mu, theta ^ dice.kappa, dice.lam2
        *of_kappa, first = shared(dice.lam, dice.kappa, dice.k, bits - window)
        *of_mu, second = shared(dice.lam2, dice.mu, dice.m, bits - window)
        fixes = [first, second]
    e, words = np.uint8(d[1]) ^ dice.tau, []
    for theirs in (0, 1):
        word = np.empty(n, np.uint32)
        own = (dice.lam, mine, chosen(dice.p, dice.lam), sigma, lam2, phi, eps, of_kappa[0], of_mu[0], dice.r)
        _nonlinear.word_of(d_c ^ np.uint8(theirs), *own, half, window, bits, word)
        words.append(word ^ chosen(dice.q, e ^ np.uint8(theirs)))
    got, y = words[d[1]] ^ chosen(dice.q, dice.tau), np.empty(n, np.uint32)
    masked = d_c ^ dice.lam
    _nonlinear.share_of(
        masked ^ np.uint8(d[1]), got, p0, p1, theta, top, phi, eps, of_kappa[1], of_mu[1], window, bits, y
    )
    drawn = [dice.kappa, chosen(dice.k, dice.kappa), dice.mu, chosen(dice.m, dice.mu), dice.tau]
    server = [p0, p1, *drawn, chosen(dice.q, dice.tau), *fixes, masked, *words]
    client = [dice.lam, chosen(dice.p, dice.lam), dice.lam2, *dice.k.T, *dice.m.T, *dice.q.T, dice.r]
    return Run(server, [*client, sigma, phi, eps, e], y)


def counted(view: list[np.ndarray], widths: list[int]) -> np.ndarray:
    """How often each view comes."""
    code = np.zeros(view[0].size, np.int64)
    for values, width in zip(view, widths, strict=True):
        code = code << width | values.astype(np.int64)
    return np.bincount(code, minlength=1 << sum(widths))


@pytest.mark.parametrize(
    ("window", "bits", "half"), [(2, 3, 0), (4, 6, 1), (3, 12, 0), (4, 23, 3), (3, 3, 0), (4, 4, 3)]
)
def test_every_share_and_every_bit(window, bits, half):
    """All shares and both shares of a bit that may be 1, under many throws: r plus the result is d (c + v - h)."""
    for c, v in product(range(1 << window), repeat=2):
        moved = (c + v) % (1 << window)
        for d in product(range(2), repeat=2):
            if d[0] ^ d[1] and bits > window and moved >= 1 << (window - 1):
                continue  # not the bit of a value that is 0 or more: what the comparison never gives
            dice = random_throws(64, window, bits, seed=c << 8 | v)
            run = gates(c, v, d, dice, window, bits, half)
            assert np.all((run.result + dice.r) % (1 << bits) == (d[0] ^ d[1]) * (moved - half) % (1 << bits))


def test_the_servers_view_is_the_same_whatever_the_client_holds():
    """Over all 2^19 throws of a ring of two bits: corrections, the masked bit and both words, with all that it drew."""
    dice, widths = every_throw(), [1, 1, 1, 1, 1, 1, 1, 3, 1, 1, 1, 3, 3]
    for v, d_s in product(range(2), repeat=2):
        seen = [counted(gates(c, v, (d_c, d_s), dice, 1, 2).server, widths) for c, d_c in product(range(2), repeat=2)]
        assert all(np.array_equal(seen[0], other) for other in seen[1:])
        assert seen[0].min() == seen[0].max() == 1  # uniform: what it did not draw are dice of their own


def test_the_clients_view_is_the_same_whatever_the_server_holds():
    """The share under its mask, two masked bits of that mask and the masked choice, with all that it drew."""
    dice, widths = every_throw(), [1, 1, 1, 1, 1, 1, 1, 3, 3, 2, 1, 1, 1, 1]
    for c, d_c in product(range(2), repeat=2):
        seen = [counted(gates(c, v, (d_c, d_s), dice, 1, 2).client, widths) for v, d_s in product(range(2), repeat=2)]
        assert all(np.array_equal(seen[0], other) for other in seen[1:])
        assert seen[0].min() == seen[0].max() == 1
