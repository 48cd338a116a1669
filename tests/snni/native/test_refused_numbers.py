"""Sizes that wrap, widths outside a word, rings that are none: typed errors of native functions, nothing undefined.

Under the sanitizers an overflow ends the process.
"""

import numpy as np
import pytest

from snni import _aes
from snni.twoparty import _linear
from snni.twoparty.linear import LARGE, SMALL
from tests.snni.native.calls import NTT, POSITIONS, SECRET, SEED, SHIFTS, call, octets, polynomials, public_key


def test_sizes_that_wrap_are_refused():
    """Products of 2^64 and a little more: what was allocated would be less than what is written."""
    digits, ones = np.zeros((2, 2, 16)), np.ones((2, 1), np.int8)
    limbs, far = np.zeros((6, 2, 16), np.uint8), np.array([[(1 << 63) - 1]])
    for attempt in (
        lambda: _linear.unpack_rows(np.zeros((8, 0), np.uint8), 1 << 61, 8, 255),
        lambda: _linear.unpack_rows(np.zeros((1, 1), np.uint8), (1 << 61) + 1, 8, 255),
        lambda: _linear.digits(polynomials(1, 8), SMALL.modulus, 24, 0, 1 << 63),
        lambda: _linear.digits(polynomials(2, 8), SMALL.modulus, 24, 0, 1 << 62),
        lambda: _linear.convolve(digits, np.array([[(1 << 63) - 1]]), ones, 1 << 63, SMALL.modulus, 24),
        lambda: _linear.convolve_ring(digits[0], np.array([[(1 << 63) - 1]]), ones, 1 << 63, 20),
        lambda: _linear.convolve_ring(digits[0], np.zeros((1, 1), np.int64), ones, (1 << 64) - 1, 20),
        lambda: _linear.limbs(polynomials(1, 8), SMALL.modulus, 0, 1 << 63),
        lambda: _linear.limbs(polynomials(2, 8), SMALL.modulus, 0, 1 << 61),
        lambda: _linear.convolve_limbs(limbs, far, ones, 1 << 63, SMALL.modulus),
        lambda: _linear.convolve_ring_limbs(limbs[:3], far, ones, (1 << 64) - 1, 20),
        lambda: _linear.masks(SEED, 0, np.full(4, 1 << 30, np.int64), 1 << 32, SMALL.modulus),
        lambda: _linear.expand(NTT, SEED, 0, 1 << 53),
        lambda: _aes.prg_words(SEED, 0, (1 << 62) + 1, 8),
        lambda: _aes.prg_bytes(SEED, 0, [1 << 63, 1 << 63]),
    ):
        with pytest.raises(ValueError, match=r"range|length|columns"):
            attempt()


@pytest.mark.parametrize("value", [-1, 1 << 64, 1.5, "1", None])
def test_numbers_that_are_no_sizes_are_refused(value):
    for attempt in (
        lambda: _linear.expand(NTT, SEED, 0, value),
        lambda: _linear.convolve_ring(np.zeros((1, 16)), SHIFTS, np.ones((1, 2), np.int8), value, 20),
        lambda: _aes.counter("portable", octets(16), 0, 0, value),
    ):
        with pytest.raises(TypeError):
            attempt()


def test_shifts_stay_inside_a_word():
    for drop in (-1, 64, 1000):
        with pytest.raises(ValueError, match="bits"):
            _linear.unpack_rows(np.zeros((1, 6), np.uint8), 1, 48, SMALL.modulus, drop, SMALL.modulus)
        with pytest.raises(ValueError, match="bits"):
            _linear.pack_rows(polynomials(1, 1), 48, drop)
        with pytest.raises(ValueError, match="drop"):
            _linear.mask_and_drop(polynomials(), POSITIONS, polynomials(1, 4), SMALL.modulus, drop)


@pytest.mark.parametrize("bits", [-(2**31), -1, 0, 33, 64, 2**31 - 1])
def test_widths_outside_a_word_are_refused(bits):
    lookups = (("leaf_words", 2), ("wide_words", 2), ("wide_open", 1))
    for name, at in (("pack_words", 1), ("unpack_words", 1), ("unpack_bytes", 1), *lookups):
        with pytest.raises(ValueError, match="outside"):
            call(name, at, bits)
    for name, at in (("server_product", 4), ("mask_extended", 3), ("client_part", 9), ("encrypt", 3)):
        with pytest.raises(ValueError, match="outside"):
            call(name, at, bits)


@pytest.mark.parametrize(("degree", "modulus"), [(16, 0), (16, 1), (16, 2), (0, 1), (1 << 63, 1), (16, (1 << 64) - 1)])
def test_rings_that_are_none_are_refused(degree, modulus):
    with pytest.raises(ValueError, match=r"degree|modulus"):
        _linear.Ntt(degree, modulus)


def test_a_key_serves_its_own_ring_only():
    """A key of 2048 coefficients under a transform of 4096 would be read behind its end."""
    for degree, modulus in ((LARGE.degree, LARGE.modulus), (1024, SMALL.modulus), (2048, LARGE.modulus)):
        other = _linear.Ntt(degree, modulus)
        whole = polynomials(1, degree)
        for attempt in (
            lambda other=other: _linear.encrypt(other, SECRET, np.zeros((1, 1), np.uint32), 20, SEED, SEED, 0),
            lambda other=other, c=whole: _linear.decrypt(other, SECRET, c[:, :4].copy(), POSITIONS, c, 20),
            lambda other=other, c=whole: _linear.add_zeros(other, public_key(), SEED, 0, c, c.copy()),
        ):
            with pytest.raises(ValueError, match="ring"):
                attempt()
