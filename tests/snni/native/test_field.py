"""GF(2^64): every instruction set of this CPU against polynomials written out, at every length near a vector's."""

from __future__ import annotations

import numpy as np
import pytest

from snni.multiparty import _field

MODULUS = (1 << 64) | 0b11011
ISAS = _field.isas()


@pytest.fixture(params=ISAS)
def isa(request):
    _field.use_isa(request.param)
    yield request.param
    _field.use_isa(ISAS[-1])


def times(x: int, y: int) -> int:
    product = 0
    for bit in range(64):
        product ^= (x << bit) * (y >> bit & 1)
    for bit in range(126, 63, -1):
        product ^= (MODULUS << (bit - 64)) * (product >> bit & 1)
    return product


def summed(xs, ys) -> int:
    total = 0
    for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
        total ^= times(x, y)
    return total


EDGES = np.array([0, 1, 2, 1 << 63, (1 << 64) - 1, 0b11011, 1 << 60], np.uint64)


def words(count, seed):
    drawn = np.random.default_rng(seed).integers(0, 1 << 64, count, np.uint64)
    drawn[: min(count, EDGES.size)] = EDGES[:count]
    return drawn


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8, 9, 31])
def test_sums_of_products(isa, count):
    a, b = words(count, count), words(count, count + 1)[::-1].copy()
    assert _field.dot(a, b) == summed(a, b)
    both = [np.concatenate([one, words(count, 5)]) for one in (a, b)]
    halves = [one[:count] ^ one[count:] for one in both]
    assert _field.dot_of_sums(*both) == summed(*halves)


@pytest.mark.parametrize("count", [0, 1, 2, 5, 8, 17])
@pytest.mark.parametrize("r", [0, 1, 2, (1 << 64) - 1, 0x9E3779B97F4A7C15])
def test_products_by_one(isa, count, r):
    a = words(2 * count, count)
    low, high = a[:count], a[count:]
    assert _field.scale(a, r).tolist() == [times(x, r) for x in a.tolist()]
    assert _field.fold(a, r).tolist() == [x ^ times(x ^ y, r) for x, y in zip(low.tolist(), high.tolist(), strict=True)]


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 65])
def test_bits_choose(count):
    weights, rng = words(count, count), np.random.default_rng(count)
    chosen = rng.integers(0, 2, count).astype(bool)
    bits = np.packbits(chosen, bitorder="little")
    assert np.array_equal(_field.spread(bits, weights), np.where(chosen, weights, np.uint64(0)))
    assert _field.chosen_sum(bits, weights) == int(np.bitwise_xor.reduce(weights[chosen], initial=np.uint64(0)))


def test_inverses_are_there():
    """A field: every element but 0 has x^(2^64 - 2) as its inverse."""
    for x in words(5, 3).tolist():
        power, inverse = x, 1
        for _ in range(63):
            power = times(power, power)
            inverse = times(inverse, power)
        assert times(x, inverse) == (1 if x else 0)


@pytest.mark.parametrize("call", [
    lambda a: _field.dot(a, a[1:]), lambda a: _field.dot_of_sums(a[1:], a[1:]), lambda a: _field.fold(a[1:], 3),
    lambda a: _field.spread(np.zeros(2, np.uint8), a), lambda a: _field.chosen_sum(np.zeros(0, np.uint8), a),
])  # fmt: skip
def test_lengths_are_checked(call):
    with pytest.raises(ValueError, match="differ in length"):
        call(words(4, 0))
