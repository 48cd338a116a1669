"""Correlated trees and the linear code: every instruction set and both ends against plain references in Python."""

from __future__ import annotations

import numpy as np
import pytest

from snni import _aes
from snni.twoparty import _ot

ISAS = _ot.isas()
KEY = np.frombuffer(b"any matrix's key", np.uint8)
SETS = {16: (870_400, 850, 10), 17: (2_396_160, 1170, 11), 18: (6_225_920, 1520, 12), 19: (15_564_800, 1900, 13)}


def random_rows(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, 16), dtype=np.uint8)


def sigma(rows: np.ndarray) -> np.ndarray:
    """Of each 64-bit half, the 32-bit words (high, low) become (high xor low, high)."""
    words = rows.view(np.uint32).reshape(-1, 4)
    low, high = words[:, 0::2], words[:, 1::2]
    out = np.empty_like(words)
    out[:, 0::2], out[:, 1::2] = high, high ^ low
    return out.view(np.uint8)


def node_hash(key: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return _aes.encrypt("portable", key, sigma(rows)) ^ sigma(rows)


def plain_tree(key: np.ndarray, delta: np.ndarray, first: np.ndarray, depth: int) -> list[np.ndarray]:
    """All levels from the first below the root, children of node i at i and i + width."""
    levels = [np.stack([first, first ^ delta])]
    while len(levels) < depth:
        hashed = node_hash(key, levels[-1])
        levels.append(np.concatenate([hashed, hashed ^ levels[-1]]))
    return levels


def test_sigma_is_a_linear_orthomorphism() -> None:
    """x -> sigma(x) and x -> sigma(x) xor x both have full rank over GF(2): what the hash's proof asks."""
    basis = np.packbits(np.eye(128, dtype=np.uint8), axis=1)
    for image in (sigma(basis), sigma(basis) ^ basis):
        rows = [int.from_bytes(row.tobytes(), "little") for row in image]
        rank = 0
        while rows:
            pivot = max(rows)
            rows.remove(pivot)
            if pivot == 0:
                continue
            rank += 1
            rows = [row ^ pivot if row.bit_length() == pivot.bit_length() else row for row in rows]
        assert rank == 128


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("width", [1, 2, 4, 8, 16, 32, 64, 128, 1024])
def test_a_level_is_its_definition(isa: str, width: int) -> None:
    key, nodes = random_rows(1, 1)[0], random_rows(width, width)
    hashed = node_hash(key, nodes)
    grown, total = _ot.grow(isa, key, nodes)
    assert np.array_equal(grown, np.concatenate([hashed, hashed ^ nodes]))
    assert np.array_equal(total, np.bitwise_xor.reduce(hashed))


@pytest.mark.parametrize("depth", [1, 2, 3, 7, 10])
def test_a_tree_is_its_definition(depth: int) -> None:
    key, delta, q = random_rows(1, 1)[0], random_rows(1, 2)[0], random_rows(depth, depth)
    levels = plain_tree(key, delta, q[0], depth)
    leaves, corrections = _ot.correlated_tree(key, delta, q)
    assert np.array_equal(leaves, levels[-1])
    for level in range(1, depth):
        left = np.bitwise_xor.reduce(levels[level][: 1 << level])
        assert np.array_equal(corrections[level - 1], left ^ q[level])
        assert np.array_equal(np.bitwise_xor.reduce(levels[level]), delta)


@pytest.mark.parametrize("depth", [1, 2, 3, 5, 8])
def test_the_punctured_tree_differs_by_delta_in_one_leaf(depth: int) -> None:
    """Every place of the missing leaf."""
    key, delta, q = random_rows(1, 1)[0], random_rows(1, 2)[0], random_rows(depth, depth)
    delta[0] |= 1
    q[:, 0] &= 0xFE
    leaves, corrections = _ot.correlated_tree(key, delta, q)
    for alpha in range(1 << depth):
        choices = np.array([1 - (alpha >> level & 1) for level in range(depth)], np.uint8)
        punctured, missing = _ot.punctured_tree(key, q ^ choices[:, None] * delta, corrections)
        expected = leaves.copy()
        expected[alpha] ^= delta
        assert missing == alpha
        assert np.array_equal(punctured, expected)


def test_trees_refuse_sizes_that_do_not_fit() -> None:
    key, rows = random_rows(1, 1)[0], random_rows(5, 1)
    for corrections in (3, 5):
        with pytest.raises(ValueError, match="sizes"):
            _ot.punctured_tree(key, rows, random_rows(corrections, 1))
    with pytest.raises(ValueError, match="depth"):
        _ot.correlated_tree(key, key, random_rows(0, 1))


def columns(first: int, rows: int, log_columns: int) -> np.ndarray:
    """int64 [rows, 10]: the ones of the public matrix's rows."""
    words = _aes.counter("portable", KEY, 0, 2 * first, 2 * rows).view(np.uint64).reshape(rows, 4)
    parts = [words[:, w] >> np.uint64(shift) for w in range(4) for shift in (4, 24, 45)][:10]
    return (np.stack(parts, axis=1) & np.uint64((1 << log_columns) - 1)).astype(np.int64)


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("log_columns", list(SETS))
@pytest.mark.parametrize(("first", "n"), [(0, 1), (1, 3), (777, 16), (15_564_700, 100), (2**33, 129)])
def test_encoding_is_the_sum_of_its_columns(isa: str, log_columns: int, first: int, n: int) -> None:
    secret, leaves = random_rows(1 << log_columns, 1), random_rows(n, 2)
    expected = leaves ^ np.bitwise_xor.reduce(secret[columns(first, n, log_columns)], axis=1)
    expected[:, 0] ^= leaves[:, 0] & 1
    assert np.array_equal(_ot.lpn_encode(isa, KEY, first, secret, leaves, n), expected)
    expected[n // 2, 0] ^= 1
    assert np.array_equal(_ot.lpn_encode(isa, KEY, first, secret, leaves, n // 2), expected)


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("n", [1, 3, 7, 8, 9, 16, 23, 24, 131])
def test_what_is_hashed_beside_the_look_ups_is_hashed_as_after_them(isa: str, n: int, both: bool) -> None:
    """Groups whole and broken; noise in the first row, the last, one between and none."""
    secret, leaves, (start, delta) = random_rows(1 << 16, 1), random_rows(n, 2), random_rows(2, 3)
    for noisy in {0, n // 2, n - 1, n, 2**64 - 1}:
        got = _ot.lpn_encode_hashed(isa, KEY, 777, secret, leaves, noisy, start, 2**40 + 5, delta, both)
        transfers = _ot.lpn_encode("portable", KEY, 777, secret, leaves, noisy)
        hashes = _aes.mitccrh_pair("portable", start, 2**40 + 5, transfers, delta)
        assert np.array_equal(got[0], transfers)
        assert np.array_equal(got[1], hashes[0])
        assert np.array_equal(got[2], hashes[1][: n if both else 0])


def test_the_matrix_spreads_evenly() -> None:
    """Columns of 2^16 rows, chi-square within six standard deviations; and hardly any row names one twice."""
    drawn = columns(0, 1 << 16, 16)
    counts = np.bincount(drawn.reshape(-1), minlength=1 << 16)
    degrees = (1 << 16) - 1
    assert abs(((counts - 10) ** 2 / 10).sum() - degrees) < 6 * np.sqrt(2 * degrees)
    doubled = (np.diff(np.sort(drawn, axis=1), axis=1) == 0).any(axis=1).sum()
    assert doubled < 45 + 6 * np.sqrt(45)  # 45 pairs a row, each equal with probability 2^-16
    for j in range(10):
        assert drawn[:, j].min() < 10 and drawn[:, j].max() > (1 << 16) - 10


@pytest.mark.parametrize("lpn", list(SETS))
def test_parameter_sets_are_whole(lpn: int) -> None:
    n, t, depth = SETS[lpn]
    one = _ot.lpn_set(lpn)
    assert (one["n"], one["k"], one["t"], one["depth"]) == (n, 1 << lpn, t, depth)
    assert one["n"] == one["t"] << one["depth"]
    assert one["base"] == one["k"] + one["t"] * one["depth"]
    assert one["base"] <= one["n"] - one["usable"] < one["base"] + (1 << one["depth"])


def test_no_other_parameter_set() -> None:
    for lpn in (0, 15, 20):
        with pytest.raises(ValueError, match=r"16\.\.19"):
            _ot.lpn_set(lpn)
