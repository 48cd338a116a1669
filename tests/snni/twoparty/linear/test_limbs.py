"""Products in bytes are those in doubles, on every instruction set; whoever has neither takes the scalar kernel."""

import numpy as np
import pytest

from snni.twoparty import _linear
from snni.twoparty.linear import PARAMETER_SETS

ROWS, DEGREE, EXTENSION, STRIDE = 4, 256, 60, 400
SHAPES = [(1, 1, 1), (3, 5, 40), (13, 288, 203), (20, 1030, 97)]
SHAPE = pytest.mark.parametrize(("outputs", "terms", "columns"), SHAPES)


@pytest.fixture(autouse=True, params=_linear.isas())
def kernels(request):
    _linear.use_isa(request.param, "portable")
    yield
    _linear.use_isa(_linear.isas()[-1], "portable")


def operands(outputs, terms, columns):
    rng = np.random.default_rng(outputs)
    last = ROWS * STRIDE - columns - 16
    return rng.integers(0, last, (1, terms)), rng.integers(-128, 128, (outputs, terms), dtype=np.int8)


@SHAPE
@pytest.mark.parametrize("params", PARAMETER_SETS, ids=lambda params: str(params.degree))
def test_residues(params, outputs, terms, columns):
    q, bits = params.modulus, params.digit_bits
    values = np.random.default_rng(1).integers(0, q, (ROWS, DEGREE), dtype=np.uint64)
    values[0, :4] = [0, q - 1, q // 2, 1]
    offsets, weights = operands(outputs, terms, columns)
    digits = _linear.digits(values, q, bits, EXTENSION, STRIDE)
    limbs = _linear.limbs(values, q, EXTENSION, STRIDE)
    want = _linear.convolve(digits, offsets, weights, columns, q, bits)
    assert np.array_equal(_linear.convolve_limbs(limbs, offsets, weights, columns, q), want)


@SHAPE
@pytest.mark.parametrize("bits", [5, 8, 16, 18, 24, 26])
def test_words(bits, outputs, terms, columns):
    values = np.random.default_rng(2).integers(0, 1 << bits, (ROWS, STRIDE), dtype=np.uint32)
    offsets, weights = operands(outputs, terms, columns)
    want = _linear.convolve_ring(values.astype(np.float64), offsets, weights, columns, bits)
    limbs = _linear.ring_limbs(values, bits)
    assert np.array_equal(_linear.convolve_ring_limbs(limbs, offsets, weights, columns, bits), want)


def test_groups():
    """Of two groups each reads its own rows."""
    values = np.arange(2 * 32, dtype=np.uint32).reshape(2, 32)
    offsets, weights = np.array([[0], [32]]), np.arange(1, 19, dtype=np.int8).reshape(18, 1)
    got = _linear.convolve_ring_limbs(_linear.ring_limbs(values, 12), offsets, weights, 16, 12)
    want = weights.reshape(2, 9, 1).astype(np.uint32) * values[:, None, :16]
    assert np.array_equal(got, want.reshape(18, 16))


def test_more_terms_than_a_sum_holds_are_refused():
    terms = _linear.MAX_LIMB_TERMS + 1
    with pytest.raises(ValueError, match="terms"):
        _linear.convolve_ring_limbs(
            np.zeros((1, 1, 16), np.uint8), np.zeros((1, terms), np.int64), np.ones((1, terms), np.int8), 16, 8
        )


def test_a_modulus_that_does_not_fill_its_bytes_is_refused():
    with pytest.raises(ValueError, match="modulus"):
        _linear.limbs(np.zeros((1, 8), np.uint64), (1 << 49) - 1, 0, 16)
