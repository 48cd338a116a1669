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
@pytest.mark.parametrize("bits", [0, 1, 7, 8, 9, 31, 32])
def test_planes(bits, count):
    values = np.random.default_rng(count).integers(0, 1 << 32, count, np.uint32)
    expected = [np.packbits((values >> np.uint32(at) & np.uint32(1)).astype(np.uint8), bitorder="little")
                for at in range(bits)]  # fmt: skip
    made = _field.planes(values, bits)
    assert made.shape == (bits, (count + 7) // 8)
    assert all(np.array_equal(one, other) for one, other in zip(made, expected, strict=True))


def points(rows):
    """At each point of {0, 1, infinity}^v the word that rows of words are there, the first coordinate highest."""
    if len(rows) == 1:
        return rows
    low, high = np.split(rows, 2)
    return np.concatenate([points(low), points(high), points(low ^ high)])


@pytest.mark.parametrize("rows", [1, 2, 8, 64])
@pytest.mark.parametrize("count", [0, 1, 31, 32, 33])
def test_sums_of_products_of_bits(isa, rows, count):
    if rows * count > 600 and isa == "portable":
        count = min(count, 2)
    a, b = (words(rows * count, seed).reshape(rows, count) for seed in (1, 2))
    weights = words(count, 3)[::-1].copy()
    both = points(a) & points(b)
    assert _field.ends(a, b, weights).tolist() == [_field.dot(one.copy(), weights) for one in both]


@pytest.mark.parametrize(("rows", "count"), [(1, 1), (2, 3), (64, 2)])
def test_bits_choose_factors(isa, rows, count):
    bits, factors, weights = words(rows * count, 4).reshape(rows, count), words(rows, 5), words(count, 6)
    chosen = np.zeros(64 * count, np.uint64)
    for row, factor in zip(bits, factors, strict=True):
        chosen ^= np.unpackbits(row.view(np.uint8), bitorder="little") * factor
    assert np.array_equal(_field.unpack(bits, factors, None), chosen)
    each = [times(weight, 1 << bit) for weight in weights.tolist() for bit in range(64)]
    expected = [times(x, y) for x, y in zip(chosen.tolist(), each, strict=True)]
    assert _field.unpack(bits, factors, weights).tolist() == expected


def test_inverses_are_there():
    """A field: every element but 0 has x^(2^64 - 2) as its inverse."""
    for x in words(5, 3).tolist():
        power, inverse = x, 1
        for _ in range(63):
            power = times(power, power)
            inverse = times(inverse, power)
        assert times(x, inverse) == (1 if x else 0)


ROWS = np.zeros((2, 4), np.uint64)


@pytest.mark.parametrize("call", [
    lambda a: _field.dot(a, a[1:]), lambda a: _field.dot_of_sums(a[1:], a[1:]), lambda a: _field.fold(a[1:], 3),
    lambda a: _field.ends(ROWS, ROWS[:1], a), lambda a: _field.ends(ROWS, ROWS, a[1:]),
    lambda a: _field.unpack(ROWS, a, None), lambda a: _field.unpack(ROWS, a[:2], a[1:]),
])  # fmt: skip
def test_lengths_are_checked(call):
    with pytest.raises(ValueError, match="differ in length"):
        call(words(4, 0))


def test_other_numbers_of_rows_or_bits_are_refused():
    for rows in (0, 3, 128):
        none = np.zeros((rows, 1), np.uint64)
        with pytest.raises(ValueError, match="rows"):
            _field.ends(none, none, none[0] if rows else words(1, 0))
    for bits in (-1, 33):
        with pytest.raises(ValueError, match="32 bits"):
            _field.planes(np.zeros(1, np.uint32), bits)
