"""The multiplexer of an opened bit: right for every share and every die, and its views tell nothing, at rings so small
that all dice can be thrown.

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
    """All that is random in gates: bits uint8 [n], pads uint32 [n, ...]."""

    lambda_c: np.ndarray
    lambda_s: np.ndarray
    mu: np.ndarray
    p: np.ndarray
    pads: np.ndarray
    r: np.ndarray

    @property
    def n(self) -> int:
        return self.r.size

    @property
    def choices(self) -> np.ndarray:
        return self.lambda_s | self.mu << 1

    def chosen(self) -> np.ndarray:
        """What the server has of the pads."""
        rows, pads = np.arange(self.n), self.pads
        taken = [pads[rows, self.lambda_s], pads[rows, 2 + self.lambda_s], pads[rows, 4 + self.mu]]
        return np.stack([*taken, pads[rows, 6 + self.choices]], axis=1)


def every_throw() -> Dice:
    """Of a window of one bit in a ring of two: 21 bits."""
    take = every_throw_of(21)
    bits = [take(1).astype(np.uint8) for _ in range(3)]
    p = np.stack([take(2), take(2)], axis=1)
    pads = np.stack([take(2), take(2), *(take(1) for _ in range(8))], axis=1)
    return Dice(*bits, p, pads, take(2))


def random_throws(n: int, window: int, bits: int, seed: int) -> Dice:
    rng, ring, high = np.random.default_rng(seed), 1 << bits, 1 << (bits - window)
    pads = np.concatenate([rng.integers(0, ring, (n, 2)), rng.integers(0, high, (n, 8))], axis=1).astype(np.uint32)
    coins = rng.integers(0, 2, (3, n)).astype(np.uint8)
    p, r = rng.integers(0, ring, (n, 2)).astype(np.uint32), rng.integers(0, ring, n).astype(np.uint32)
    return Dice(*coins, p, pads, r)


@dataclass
class Run:
    """What each party has seen, and the server's share of the result."""

    server: list[np.ndarray]
    client: list[np.ndarray]
    result: np.ndarray


def extended(c: np.ndarray, s: np.ndarray, d: tuple[int, int], dice: Dice, window: int, bits: int) -> Run:
    """Gates with extension. c, s: uint32 [n]. d: the parties' shares of the bit, C's first."""
    n, mask = dice.n, U32((1 << bits) - 1)
    low, high, first, others = (np.empty(k * n, np.uint32) for k in (1, 3, 1, 5))
    _nonlinear.mask_extended(dice.lambda_c, c, dice.pads.reshape(-1), window, bits, low, high, first, others)
    theirs_low, theirs_high, chosen = np.empty(n, np.uint32), np.empty(3 * n, np.uint32), dice.chosen().reshape(-1)
    _nonlinear.unmask_extended(dice.choices, chosen, first, others, window, bits, theirs_low, theirs_high)
    msb = (s >> U32(window - 1)).astype(np.uint8) & np.uint8(1)
    eps, z = msb ^ dice.mu, np.empty(n, np.uint32)
    p0, p1 = dice.p.T.copy()
    _nonlinear.server_product(dice.lambda_s, s, p0, p1, bits, z)
    delta_c, delta_s = np.uint8(d[0]) ^ dice.lambda_c, np.uint8(d[1]) ^ dice.lambda_s
    y_c, y_s = np.empty(n, np.uint32), np.empty(n, np.uint32)
    pad = np.where(dice.lambda_c == 1, p1, p0)
    sizes = (window, bits)
    _nonlinear.client_part(delta_c ^ delta_s, eps, dice.lambda_c, c, pad, z, low, high, *sizes, y_c)
    _nonlinear.server_part(delta_c ^ delta_s, eps, dice.lambda_s, s, p0, theirs_low, theirs_high, *sizes, y_s)
    steered = (y_c - dice.r) & mask
    corrections = others.reshape(n, 5).T
    own = [dice.lambda_s, dice.mu, p0, p1, *chosen.reshape(n, 4).T]
    mine = [dice.lambda_c, pad, *dice.pads.T, dice.r]
    return Run([*own, first, *corrections, delta_c, steered], [*mine, z, eps, delta_s], (y_s + steered) & mask)


def counted(view: list[np.ndarray], widths: list[int]) -> np.ndarray:
    """How often each view comes."""
    code = np.zeros(view[0].size, np.int64)
    for values, width in zip(view, widths, strict=True):
        code = code << width | values.astype(np.int64)
    return np.bincount(code, minlength=1 << sum(widths))


@pytest.mark.parametrize(("window", "bits"), [(2, 3), (4, 6), (3, 12), (4, 23)])
def test_every_share_and_every_bit(window, bits):
    """All shares, both shares of the bit, under many throws: r plus the result is d x, x as if it were 0 or more."""
    for (c, s), d in product(product(range(1 << window), repeat=2), product(range(2), repeat=2)):
        dice = random_throws(64, window, bits, seed=c << 8 | s)
        shares = [np.full(64, share, np.uint32) for share in (c, s)]
        run = extended(*shares, d, dice, window, bits)
        x = c + s - ((c | s) >> (window - 1) << window)
        assert np.all((run.result + dice.r) % (1 << bits) == (d[0] ^ d[1]) * x % (1 << bits))


def test_the_servers_view_is_the_same_whatever_the_client_holds():
    """Over all 2^21 throws of a ring of two bits: corrections, opened bit and last word, with all that it drew."""
    dice, widths = every_throw(), [1, 1, 2, 2, 2, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2]
    for s, d_s in ((0, 1), (1, 0)):
        seen = []
        for c, d_c in product(range(2), repeat=2):
            run = extended(np.full(dice.n, c, U32), np.full(dice.n, s, U32), (d_c, d_s), dice, 1, 2)
            seen.append(counted(run.server, widths))
        assert all(np.array_equal(seen[0], other) for other in seen[1:])
        assert seen[0].min() == seen[0].max()  # uniform: what it did not draw are dice of their own


def test_the_clients_view_is_the_same_whatever_the_server_holds():
    """The product, the masked msb and the masked bit, with all that it drew."""
    dice, widths = every_throw(), [1, 2, 2, 2, *[1] * 8, 2, 2, 1, 1]
    for c, d_c in ((0, 1), (1, 0)):
        seen = []
        for s, d_s in product(range(2), repeat=2):
            run = extended(np.full(dice.n, c, U32), np.full(dice.n, s, U32), (d_c, d_s), dice, 1, 2)
            seen.append(counted(run.client, widths))
        assert all(np.array_equal(seen[0], other) for other in seen[1:])
        assert seen[0][seen[0] > 0].min() == seen[0].max() and (seen[0] > 0).sum() == 1 << 21


@pytest.mark.parametrize("bits", [1, 3, 5])
def test_without_extension_every_share_and_every_die(bits):
    """All shares and dice of one bit, pads drawn."""
    size, rng = 1 << bits, np.random.default_rng(bits)
    everything = np.array(list(product(range(size), range(size), *[range(2)] * 4)), np.uint32)
    c, s = everything[:, 0].copy(), everything[:, 1].copy()
    lambda_c, lambda_s, d_c, d_s = everything[:, 2:].T.astype(np.uint8)
    n = c.size
    p0, p1, q0, q1 = rng.integers(0, size, (4, n)).astype(np.uint32)
    low, corrections, theirs, z, y_c, y_s = (np.empty(n, np.uint32) for _ in range(6))
    _nonlinear.mask_payload(lambda_c.copy(), c, q0, q1, bits, low, corrections)
    _nonlinear.unmask_payload(lambda_s.copy(), np.where(lambda_s == 1, q1, q0), corrections, bits, theirs)
    _nonlinear.server_product(lambda_s.copy(), s, p0, p1, bits, z)
    delta, pad = d_c ^ d_s ^ lambda_c ^ lambda_s, np.where(lambda_c == 1, p1, p0)
    _nonlinear.client_part(delta, NO_BITS, lambda_c.copy(), c, pad, z, low, NONE, bits, bits, y_c)
    _nonlinear.server_part(delta, NO_BITS, lambda_s.copy(), s, p0, theirs, NONE, bits, bits, y_s)
    assert np.array_equal((y_c + y_s) % size, (d_c ^ d_s) * (c + s) % size)


def test_a_known_msb_extends_every_pair_of_shares():
    for window, bits in ((2, 3), (4, 9), (4, 4)):
        pairs = np.array(list(product(range(1 << window), repeat=2)), np.uint32)
        c, s, high = pairs[:, 0].copy(), pairs[:, 1].copy(), max(1, bits - window)
        rng, n = np.random.default_rng(window), len(pairs)
        p0, p1 = rng.integers(0, 1 << high, (2, n)).astype(np.uint32)
        mu = rng.integers(0, 2, n).astype(np.uint8)
        wraps, corrections, theirs, y_c, y_s = (np.empty(n, np.uint32) for _ in range(5))
        _nonlinear.mask_wrap(c, p0, p1, window, high, wraps, corrections)
        _nonlinear.unmask_payload(mu, np.where(mu == 1, p1, p0), corrections, high, theirs)
        eps = (s >> U32(window - 1)).astype(np.uint8) ^ mu
        _nonlinear.client_extended(eps, c, wraps, window, bits, y_c)
        _nonlinear.server_extended(eps, s, theirs, window, bits, y_s)
        x = c + s - ((c | s) >> U32(window - 1) << U32(window))
        assert np.array_equal((y_c + y_s) % (1 << bits), x % (1 << bits))
