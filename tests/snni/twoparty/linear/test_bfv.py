"""Encryption both ways against SEAL, its randomness against the stated distributions, rounding against integers."""

import math
import pickle

import numpy as np
import pytest
from scipy import stats

from snni.twoparty import _linear
from snni.twoparty.linear import PARAMETER_SETS, SMALL
from snni.twoparty.linear.client import ntt_of
from tests.snni.twoparty.linear.seal_oracle import SealOracle
from tests.support.chance import assert_rate

SETS = pytest.mark.parametrize("params", PARAMETER_SETS, ids=lambda p: f"n{p.degree}")
RINGS = pytest.mark.parametrize("ring_bits", [2, 20, 26])


def seed(n):
    return n.to_bytes(16, "little")


def positions(params):
    return np.arange(params.degree, dtype=np.int32)


@SETS
@RINGS
def test_seal_decrypts_ours_and_we_decrypt_seals(params, ring_bits, tmp_path):
    oracle, ntt = SealOracle(params, ring_bits, tmp_path), ntt_of(params)
    secret = _linear.SecretKey.from_coefficients(ntt, ntt.inverse(oracle.secret_ntt()))
    message = np.random.default_rng(1).integers(0, 1 << ring_bits, (1, params.degree), dtype=np.uint32)
    c0 = _linear.encrypt(ntt, secret, message, ring_bits, seed(1), seed(2), 9)
    c1 = _linear.expand(ntt, seed(1), 9, 1)
    assert np.array_equal(oracle.decrypt(np.concatenate([c0, c1])), message[0])
    theirs = oracle.encrypt(message[0])
    got = _linear.decrypt(ntt, secret, theirs[:1], positions(params), theirs[1:].copy(), ring_bits)
    assert np.array_equal(got, message)


@SETS
def test_seal_decrypts_our_encryption_of_zero_added(params, tmp_path):
    oracle, ntt = SealOracle(params, 20, tmp_path), ntt_of(params)
    secret = _linear.SecretKey.from_coefficients(ntt, ntt.inverse(oracle.secret_ntt()))
    p0 = _linear.encrypt(ntt, secret, np.zeros((1, 1), np.uint32), 20, seed(3), seed(4), 0)
    key = _linear.PublicKey(ntt, seed(3), p0[0])
    message = np.random.default_rng(2).integers(0, 1 << 20, params.degree)
    words = oracle.encrypt(message)
    c0, c1 = words[:1].copy(), words[1:].copy()
    _linear.add_zeros(ntt, key, seed(5), 0, c0, c1)
    assert (c0 != words[:1]).mean() > 0.99
    assert (c1 != words[1:]).mean() > 0.99
    assert np.array_equal(oracle.decrypt(np.concatenate([c0, c1])), message)
    short = words[:1, :40].copy()
    c1 = words[1:].copy()
    _linear.add_zeros(ntt, key, seed(5), 0, short, c1)
    assert np.array_equal(short, c0[:, :40])


@SETS
def test_noise_is_fresh_and_as_stated(params):
    """Phases of encryptions of zero are the noise itself."""
    ntt, q = ntt_of(params), params.modulus
    secret = _linear.SecretKey.generate(ntt, seed(6))
    hat = ntt.forward(secret.reveal())
    c0 = _linear.encrypt(ntt, secret, np.zeros((8, 1), np.uint32), 20, seed(7), seed(8), 0)
    noise = []
    for upper, lower in zip(c0, _linear.expand(ntt, seed(7), 0, 8), strict=True):
        product = [int(x) * int(y) % q for x, y in zip(ntt.forward(lower), hat, strict=True)]
        phase = (upper.astype(object) + ntt.inverse(np.array(product, np.uint64)).astype(object)) % q
        noise.append(np.where(phase > q // 2, phase - q, phase).astype(np.int64))
    assert not any(np.array_equal(a, b) for i, a in enumerate(noise) for b in noise[:i])
    _check_binomial(np.concatenate(noise))


def _check_binomial(values):
    assert np.abs(values).max() <= 21
    edges = np.arange(-7, 8)
    expected = np.array([math.comb(42, 21 + int(e)) / 2**42 for e in edges])
    observed = np.array([(values == e).sum() for e in edges])
    tail = 1 - expected.sum()
    result = stats.chisquare([*observed, len(values) - observed.sum()], np.array([*expected, tail]) * len(values))
    assert result.pvalue > 1e-6


def test_samplers_have_the_stated_distributions():
    q, n = SMALL.modulus, 1 << 18
    noise = _linear.sample("noise", seed(9), 0, n, q).astype(np.int64)
    _check_binomial(np.where(noise > q // 2, noise - q, noise))
    ternary = _linear.sample("ternary", seed(10), 0, n, q)
    counts = [(ternary == v).sum() for v in (0, 1, q - 1)]
    assert sum(counts) == n
    assert stats.chisquare(counts).pvalue > 1e-6
    uniform = _linear.sample("uniform", seed(11), 0, n, q)
    assert uniform.max() < q
    assert stats.chisquare(np.bincount((uniform >> np.uint64(40)).astype(int), minlength=256)).pvalue > 1e-6
    assert stats.chisquare(np.bincount((uniform & np.uint64(255)).astype(int), minlength=256)).pvalue > 1e-6


def test_uniform_rejects_rather_than_wraps():
    """q = 3 * 2^20 + 1: reduction modulo q would favour a third of the residues by a factor of two."""
    q, n = 3 * 2**20 + 1, 1 << 16
    values = _linear.sample("uniform", seed(12), 0, n, q)
    assert values.max() < q
    assert stats.chisquare(np.bincount((values >> np.uint64(20)).astype(int), minlength=3)[:3]).pvalue > 1e-6


def test_ternary_rejects_rather_than_favours_zero():
    """256 values of a byte are 85 for each coefficient and one over: to take it would favour 0 by one in 256."""
    q, n = SMALL.modulus, 1 << 22
    values = _linear.sample("ternary", seed(15), 0, n, q)
    for value in (0, 1, q - 1):
        assert_rate(int((values == value).sum()), n, 1 / 3, value)


def test_streams_and_seeds_separate():
    q = SMALL.modulus
    runs = [_linear.sample("uniform", seed(s), t, 64, q).tolist() for s in range(3) for t in range(3)]
    assert len({tuple(r) for r in runs}) == 9
    assert _linear.sample("uniform", seed(1), 2, 64, q).tolist() == runs[5]


@SETS
@RINGS
def test_rounding_is_exact(params, ring_bits):
    q, t = params.modulus, 1 << ring_bits
    rng = np.random.default_rng(3)
    edges = [(2 * j * q + d * t) // (2 * t) + e for j in (0, 1, t // 2, t - 1) for d in (0, q // t) for e in (-1, 0, 1)]
    values = np.array(
        [[v % q for v in edges] + rng.integers(0, q, 500).tolist() + [0, q - 1, q // 2, q // 2 + 1]], np.uint64
    )
    want = [((2 * t * int(v) + q) // (2 * q)) % t for v in values[0]]
    assert _linear.round_to_ring(values, q, ring_bits)[0].tolist() == want


def test_secret_keys_stay_inside():
    ntt = ntt_of(SMALL)
    secret = _linear.SecretKey.generate(ntt, seed(13))
    assert repr(secret) == str(secret) == "<SecretKey>"
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(secret)
    with pytest.raises(ValueError, match="-1, 0 and 1"):
        _linear.SecretKey.from_coefficients(ntt, np.full(SMALL.degree, 2, np.uint64))


def test_refuses_arguments_out_of_range():
    ntt = ntt_of(SMALL)
    secret = _linear.SecretKey.generate(ntt, seed(14))
    ones = np.ones((1, 4), np.uint32)
    for message, bits, first in ((ones * 4, 2, seed(1)), (ones, 27, seed(1)), (ones, 0, seed(1)), (ones, 2, b"short")):
        with pytest.raises(ValueError, match=r"ring|seed"):
            _linear.encrypt(ntt, secret, message, bits, first, seed(2), 0)
    with pytest.raises(ValueError, match="longer"):
        _linear.encrypt(ntt, secret, np.zeros((1, SMALL.degree + 1), np.uint32), 2, seed(1), seed(2), 0)
    c1 = np.zeros((1, SMALL.degree), np.uint64)
    with pytest.raises(ValueError, match="position"):
        _linear.decrypt(ntt, secret, c1[:, :1].copy(), np.array([SMALL.degree], np.int32), c1, 20)
