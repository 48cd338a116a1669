"""The transform against the schoolbook product, against its reference, and against SEAL's own words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snni.twoparty import _linear
from snni.twoparty.linear import LARGE, PARAMETER_SETS, SMALL
from tests.snni.twoparty.linear.seal_oracle import SealOracle

SETS = pytest.mark.parametrize("params", PARAMETER_SETS, ids=lambda p: f"n{p.degree}")


def schoolbook(a, b, q):
    n = len(a)
    out = [0] * n
    for i in range(n):
        for j in range(n):
            out[(i + j) % n] += int(a[i]) * int(b[j]) * (1 if i + j < n else -1)
    return [v % q for v in out]


@SETS
@given(seed=st.integers(0, 2**32), degree=st.sampled_from([16, 32, 64]))
def test_products_are_negacyclic(params, seed, degree):
    q, rng = params.modulus, np.random.default_rng(seed)
    ntt = _linear.Ntt(degree, q)
    a, b = (rng.integers(0, q, degree, dtype=np.uint64) for _ in range(2))
    a[0], b[-1] = q - 1, q - 1
    hat = [int(x) * int(y) % q for x, y in zip(ntt.forward(a), ntt.forward(b), strict=True)]
    assert ntt.inverse(np.array(hat, np.uint64)).tolist() == schoolbook(a, b, q)


@SETS
@given(seed=st.integers(0, 2**32))
def test_every_variant_computes_the_same_words(params, seed):
    q, n = params.modulus, params.degree
    ntt = _linear.Ntt(n, q)
    values = np.random.default_rng(seed).integers(0, q, n, dtype=np.uint64)
    for words in (values, np.full(n, q - 1, np.uint64)):
        hat = ntt.forward(words)
        assert hat.max() < q
        assert np.array_equal(hat, ntt.forward_scalar(words))
        assert np.array_equal(ntt.inverse(words), ntt.inverse_scalar(words))
        assert np.array_equal(ntt.inverse(hat), words)


@SETS
def test_words_are_seals(params, tmp_path):
    oracle = SealOracle(params, 20, tmp_path)
    assert int(oracle.primes[0].value()) == params.modulus
    ntt, hat = _linear.Ntt(params.degree, params.modulus), oracle.secret_ntt()
    secret = ntt.inverse(hat)
    assert set(np.unique(secret)) <= {0, 1, params.modulus - 1}
    assert np.array_equal(ntt.forward(secret), hat)


@pytest.mark.parametrize(
    ("degree", "modulus"),
    [
        (2048, SMALL.modulus + 2),
        (2048, 3 * SMALL.modulus),
        (2000, SMALL.modulus),
        (8, SMALL.modulus),
        (1 << 17, LARGE.modulus),
        (2048, 4097 * 12289),
    ],
)
def test_refuses_other_rings(degree, modulus):
    with pytest.raises(ValueError, match=r"degree|modulus"):
        _linear.Ntt(degree, modulus)


def test_refuses_residues_out_of_range():
    ntt = _linear.Ntt(SMALL.degree, SMALL.modulus)
    values = np.zeros(SMALL.degree, np.uint64)
    values[3] = SMALL.modulus
    with pytest.raises(ValueError, match="below"):
        ntt.forward(values)
    with pytest.raises(ValueError, match="degree"):
        ntt.forward(values[:-1])
