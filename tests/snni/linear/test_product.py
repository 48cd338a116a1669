"""The product in doubles against integers, at the extremes and over every kernel this machine has."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snni import _linear
from snni.linear import PARAMETER_SETS, SMALL


def kernels():
    names = []
    for name in ("portable", "avx2", "avx512", "best"):
        try:
            _linear.convolve_ring(np.zeros((1, 8)), np.zeros((1, 1), np.int64), np.zeros((1, 1), np.int8), 1, 20, name)
        except ValueError:
            continue
        names.append(name)
    return names


KERNELS = kernels()


def test_the_reference_is_always_there():
    assert {"portable", "best"} <= set(KERNELS)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("params", PARAMETER_SETS, ids=lambda p: f"n{p.degree}")
def test_extremes_are_exact(params, kernel):
    """Weights of one sign and of the largest size on coefficients that make every digit as large as it can be."""
    q, n, terms = params.modulus, 64, 4608
    half = 1 << (params.digit_bits - 1)
    largest = [q // 2, q // 2 + 1, q - 1, 0, half, half - 1, q - half, (half - 1) << params.digit_bits]
    values = np.array([[v % q for v in largest] * (n // 8)] * 4, np.uint64)
    digits = _linear.digits(values, q, params.digit_bits, 0, n)
    row = (np.arange(terms) % 4).astype(np.int64)
    for weight in (127, -128):
        got = _linear.convolve(
            digits, (row * n)[None], np.full((3, terms), weight, np.int8), n, q, params.digit_bits, kernel
        )
        want = [int(v) * weight * terms % q for v in values[0]]
        assert (got == np.array(want, np.uint64)).all()


@given(data=st.data(), seed=st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_every_kernel_is_the_integer_product(data, seed):
    rng, q, bits = np.random.default_rng(seed), SMALL.modulus, SMALL.digit_bits
    groups = data.draw(st.integers(1, 3))
    outputs, terms, columns = (
        groups * data.draw(st.integers(1, 19)),
        data.draw(st.integers(1, 40)),
        data.draw(st.integers(1, 220)),
    )
    degree, extension = 256, 100
    values = rng.integers(0, q, (5, degree), dtype=np.uint64)
    stride = degree + extension + 64
    weights = rng.integers(-128, 128, (outputs, terms)).astype(np.int8)
    rows, shifts = (
        rng.integers(0, 5, (groups, terms)),
        rng.integers(0, degree + extension - columns + 1, (groups, terms)),
    )
    extended = np.concatenate([values, (q - values[:, :extension]) % q], axis=1).astype(object)
    want = np.zeros((outputs, columns), object)
    for m in range(outputs):
        for k in range(terms):
            row, shift = rows[m // (outputs // groups), k], shifts[m // (outputs // groups), k]
            want[m] += int(weights[m, k]) * extended[row, shift : shift + columns]
    digits = _linear.digits(values, q, bits, extension, stride)
    offsets = rows * stride + shifts
    for kernel in KERNELS:
        got = _linear.convolve(digits, offsets, weights, columns, q, bits, kernel)
        assert np.array_equal(got.astype(object), want % q)


@pytest.mark.parametrize("kernel", KERNELS)
def test_ring_product_at_the_extremes(kernel):
    terms, columns = 5000, 33
    values = np.full((2, 64), (1 << 26) - 1, np.float64)
    for weight in (127, -128):
        weights = np.full((7, terms), weight, np.int8)
        offsets = (np.arange(terms, dtype=np.int64) % 2 * 20)[None]
        got = _linear.convolve_ring(values, offsets, weights, columns, 26, kernel)
        assert (got == ((1 << 26) - 1) * weight * terms % (1 << 26)).all()


@pytest.mark.parametrize("params", PARAMETER_SETS, ids=lambda p: f"n{p.degree}")
def test_digits_recombine_and_extend(params):
    q, b = params.modulus, params.digit_bits
    values = np.array([[0, 1, q - 1, q // 2, q // 2 + 1, 1 << (b - 1), (1 << (b - 1)) - 1, 12345]], np.uint64)
    low, high = _linear.digits(values, q, b, 3, 20)[:, 0].astype(np.int64).astype(object)
    whole = (high * (1 << b) + low) % q
    assert whole[:8].tolist() == values[0].tolist()
    assert whole[8:11].tolist() == [(-int(v)) % q for v in values[0, :3]]
    assert not whole[11:].any()
    assert max(abs(v) for v in [*low, *high]) <= 1 << (b - 1)


def test_refuses_reads_outside_the_operands():
    digits = np.zeros((2, 1, 64))
    one = np.ones((1, 1), np.int8)
    for offset in (-1, 64 - 31):
        with pytest.raises(ValueError, match="offset"):
            _linear.convolve(digits, np.array([[offset]]), one, 32, SMALL.modulus, 24)
    with pytest.raises(ValueError, match="groups"):
        _linear.convolve(digits, np.zeros((2, 1), np.int64), one, 8, SMALL.modulus, 24)
    with pytest.raises(ValueError, match="twice"):
        _linear.convolve(digits, np.zeros((1, 1), np.int64), one, 8, 97, 24)
    with pytest.raises(ValueError, match="no such kernel"):
        _linear.convolve(digits, np.zeros((1, 1), np.int64), one, 8, SMALL.modulus, 24, "mmx")
