"""A gate's kernels among three servers: every instruction set of this CPU against formulas on whole arrays, at every
length near a vector's."""

from __future__ import annotations

import numpy as np
import pytest

from snni import _aes
from snni.multiparty import _gate
from snni.wire.packing import pack

ISAS = _gate.isas()
COUNTS = [1, 2, 7, 8, 9, 15, 16, 17, 33, 1023, 1024, 1025]
SEED = bytes(range(16))


@pytest.fixture(params=ISAS)
def isa(request):
    _gate.use_isa(request.param)
    yield request.param
    _gate.use_isa(ISAS[-1])


def words(count, seed, bits=32):
    return np.random.default_rng(seed).integers(0, 1 << bits, count, np.uint32)


def octets(count, seed):
    return np.random.default_rng(seed).integers(0, 2, count, np.uint8)


def digits(values, shift, width):
    return values.astype(np.uint64) >> np.uint64(shift) & np.uint64((1 << width) - 1)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(
    ("shift", "width", "carries"),
    [(0, 1, False), (3, 5, False), (27, 5, False), (0, 4, True), (7, 3, True), (9, 1, True)],
)
def test_every_entry_of_every_table(isa, count, shift, width, carries):
    c, flip = words(count, 1), words(count, 2, 1)
    below = words(count, 3, 1) if carries else None
    made = _gate.tables(c, shift, width, below, flip)
    own, size = digits(c, shift, width), 1 << width
    for entry in range(size << carries):
        carry = 0 if below is None else below ^ np.uint32(entry >> width)
        wanted = (own + np.uint64(entry % size) + carry >= size).astype(np.uint32) ^ flip
        assert np.array_equal(made >> np.uint32(entry) & np.uint32(1), wanted)
    assert not (made.astype(np.uint64) >> np.uint64(size << carries)).any()


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(("shift", "width"), [(0, 4), (5, 3), (28, 4)])
def test_an_entry_is_read_at_the_digit_and_the_carry_below(isa, count, shift, width):
    tables, s, below = words(count, 1), words(count, 2), octets(count, 3)
    index = digits(s, shift, width).astype(np.uint32)
    assert np.array_equal(_gate.entries(tables, s, shift, width, None), tables >> index & 1)
    index |= below.astype(np.uint32) << np.uint32(width)
    assert np.array_equal(_gate.entries(tables, s, shift, width, below), tables >> index & 1)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(("window", "extends"), [(2, True), (11, True), (31, True), (11, False), (32, False)])
def test_what_is_multiplied_by_lambda(isa, count, window, extends):
    c, lam, mask = words(count, 1, window), words(count, 2, 1), words(count, 3)
    sign = c >> np.uint32(window - 1)
    value = c - (sign << np.uint32(window)) if extends else c
    kept, rest = _gate.products(c, lam, mask, window, extends)
    assert np.array_equal(kept, lam * value - mask) and np.array_equal(rest, (1 - lam) * value - mask)
    kept, rest = _gate.wraps(c, lam, window)
    assert np.array_equal(kept, lam * (sign - np.uint32(1))) and np.array_equal(rest, (1 - lam) * (sign - np.uint32(1)))


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize(("window", "half", "lanes"), [(11, 3, 0), (31, 0, 0), (11, 3, 1), (32, 0, 2), (6, 1, 3)])
def test_an_evaluator_takes_what_the_opened_bit_chooses(isa, count, first, window, half, lanes):
    """lanes 0: a gate that extends."""
    payload = count * max(1, lanes)
    s, lam, carries = words(payload, 1, window), words(count, 2), octets(count, 3)
    products, addend = (words(payload, 4), words(payload, 5)), words(payload, 8)
    wraps = None if lanes else (words(count, 6), words(count, 7))
    compared = (s[:count] + np.uint32(half)) & np.uint32((1 << window) - 1)
    sign = compared >> np.uint32(window - 1)
    delta = np.tile(carries ^ sign, max(1, lanes)).astype(bool)
    wide = np.tile(lam, max(1, lanes))
    value = s if lanes else compared - np.uint32(half)
    wanted = np.where(delta, np.uint32(first) - wide, wide) * value + np.where(delta, *products[::-1])
    if wraps is not None:
        wanted += (sign * np.where(delta, *wraps[::-1])) << np.uint32(window)
    made = _gate.chosen(s, carries, lam, products, wraps, None, window, half, first)
    assert np.array_equal(made, wanted)
    made = _gate.chosen(s, carries, lam, products, wraps, addend, window, half, first)
    assert np.array_equal(made, wanted + addend)


def test_of_a_bit_the_lowest_counts(isa):
    """Whatever lies above it: an index never leaves its table."""
    count = 37
    c, s, mask, above = (words(count, seed) for seed in range(4))
    above, lam, below = above & ~np.uint32(1), words(count, 4, 1), octets(count, 5)
    loud, above8 = lam | above, above.astype(np.uint8) | np.uint8(64)
    for width in (1, 4):
        wanted = _gate.tables(c, 3, width, below.astype(np.uint32), lam)
        assert np.array_equal(_gate.tables(c, 3, width, below | above, loud), wanted)
        wanted = _gate.entries(mask, s, 3, width, below)
        assert np.array_equal(_gate.entries(mask, s, 3, width, below | above8), wanted)
    assert np.array_equal(_gate.tables(c, 3, 5, None, loud), _gate.tables(c, 3, 5, None, lam))
    assert np.array_equal(_gate.products(c, loud, mask, 9, True), _gate.products(c, lam, mask, 9, True))
    assert np.array_equal(_gate.wraps(c, loud, 9), _gate.wraps(c, lam, 9))
    shares = mask, (c, s), (s, c), None, 9, 3, True
    assert np.array_equal(_gate.chosen(s, below | above8, *shares), _gate.chosen(s, below, *shares))


@pytest.mark.parametrize("count", [0, *COUNTS, 5000])
@pytest.mark.parametrize("bits", [1, 3, 8, 19, 31, 32])
def test_what_the_second_is_sent_and_what_is_opened(count, bits):
    values, mask = words(count, 1), np.uint32((1 << bits) - 1)
    drawn = _aes.prg_words(SEED, 7, count, bits)
    assert _gate.hidden_sum(SEED, 7, values, bits).tobytes() == pack(values - drawn, bits)
    assert _gate.hidden_bits(SEED, 7, values, bits).tobytes() == pack(values ^ drawn, bits)
    sent = np.frombuffer(pack(values - drawn, bits), np.uint8)
    assert np.array_equal(_gate.opened_sum(drawn, sent, bits), values & mask)
    shares, others = octets(count, 2), octets(count, 3)
    sent = np.frombuffer(pack(others, 1), np.uint8)
    assert np.array_equal(_gate.opened_bits(shares, sent), shares ^ others)


FOUR, LESS, BITS = words(4, 0), words(3, 0), octets(4, 0)


@pytest.mark.parametrize("call", [
    lambda: _gate.tables(FOUR, 0, 4, None, LESS), lambda: _gate.tables(FOUR, 0, 4, LESS, FOUR),
    lambda: _gate.entries(FOUR, LESS, 0, 4, None), lambda: _gate.entries(FOUR, FOUR, 0, 4, BITS[1:]),
    lambda: _gate.products(FOUR, FOUR, LESS, 8, True), lambda: _gate.wraps(FOUR, LESS, 8),
    lambda: _gate.chosen(FOUR, BITS, LESS, (FOUR, FOUR), None, None, 8, 0, True),
    lambda: _gate.chosen(FOUR, BITS, FOUR, (FOUR, LESS), None, None, 8, 0, True),
    lambda: _gate.chosen(FOUR, BITS, FOUR, (FOUR, FOUR), (FOUR, LESS), None, 8, 0, True),
    lambda: _gate.chosen(FOUR, BITS, FOUR, (FOUR, FOUR), None, LESS, 8, 0, True),
    lambda: _gate.chosen(FOUR, BITS[1:], LESS, (FOUR, FOUR), None, None, 8, 0, True),
    lambda: _gate.chosen(FOUR, BITS[2:], FOUR[2:], (FOUR, FOUR), (FOUR, FOUR), None, 8, 0, True),
    lambda: _gate.opened_sum(FOUR, BITS[1:], 8), lambda: _gate.opened_bits(BITS, BITS[2:]),
])  # fmt: skip
def test_lengths_are_checked(call):
    with pytest.raises(ValueError, match="differ in length"):
        call()


@pytest.mark.parametrize("call", [
    lambda: _gate.tables(FOUR, -1, 4, None, FOUR), lambda: _gate.tables(FOUR, 28, 5, None, FOUR),
    lambda: _gate.tables(FOUR, 0, 6, None, FOUR), lambda: _gate.tables(FOUR, 0, 5, FOUR, FOUR),
    lambda: _gate.entries(FOUR, FOUR, 0, 0, None), lambda: _gate.entries(FOUR, FOUR, 0, 5, BITS),
    lambda: _gate.products(FOUR, FOUR, FOUR, 32, True), lambda: _gate.products(FOUR, FOUR, FOUR, 0, True),
    lambda: _gate.wraps(FOUR, FOUR, 0),
    lambda: _gate.chosen(FOUR, BITS, FOUR, (FOUR, FOUR), (FOUR, FOUR), None, 32, 0, True),
    lambda: _gate.hidden_sum(SEED, 0, FOUR, 33), lambda: _gate.hidden_bits(SEED, 0, FOUR, 0),
    lambda: _gate.hidden_sum(SEED[1:], 0, FOUR, 8), lambda: _gate.opened_sum(FOUR, BITS, 0),
])  # fmt: skip
def test_widths_are_checked(call):
    with pytest.raises(ValueError, match=r"bits|digit|seed"):
        call()
