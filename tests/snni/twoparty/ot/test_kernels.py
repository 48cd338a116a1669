"""Folding and transposition: every instruction set against the definition in numpy."""

from __future__ import annotations

import numpy as np
import pytest

from snni import _aes
from snni.twoparty import _ot

ISAS = _ot.isas()
STRIPE = _ot.STRIPE_BLOCKS


def random_rows(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, 16), dtype=np.uint8)


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("punctured", [False, True])
def test_fold_is_the_sum_of_its_definition(isa: str, bits: int, punctured: bool) -> None:
    keys, first = random_rows(2**bits, bits), 2**40 + 7
    leaves = np.stack([_aes.counter("portable", key, 0, first, STRIPE) for key in keys])
    if punctured:
        leaves[0] = 0
    total, rows = _ot.fold(isa, keys, bits, punctured, first, STRIPE)
    assert np.array_equal(total, np.bitwise_xor.reduce(leaves))
    for b in range(bits):
        chosen = leaves[[x for x in range(2**bits) if x >> b & 1]]
        assert np.array_equal(rows[b], np.bitwise_xor.reduce(chosen))


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("blocks", [1, 3, 8, 9, 31, 32])
def test_fold_of_eight_bits_and_part_of_a_stripe_equals_the_reference(isa: str, blocks: int) -> None:
    keys = random_rows(256, 3)
    total, rows = _ot.fold(isa, keys, 8, True, 5, blocks)
    expected_total, expected_rows = _ot.fold("portable", keys, 8, True, 5, blocks)
    assert np.array_equal(total[:blocks], expected_total[:blocks])
    assert np.array_equal(rows[:, :blocks], expected_rows[:, :blocks])


@pytest.mark.parametrize("isa", ISAS)
def test_a_punctured_fold_does_not_depend_on_the_missing_leaf(isa: str) -> None:
    keys = random_rows(16, 4)
    total, rows = _ot.fold(isa, keys, 4, True, 0, STRIPE)
    keys[0] ^= 0xFF
    again = _ot.fold(isa, keys, 4, True, 0, STRIPE)
    assert np.array_equal(total, again[0]) and np.array_equal(rows, again[1])


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("blocks", [1, 2, 3, 4, 5, 8, 31, 32])
def test_transpose_is_the_transpose(isa: str, blocks: int) -> None:
    matrix = np.random.default_rng(blocks).integers(0, 256, (128, 16 * STRIPE), dtype=np.uint8)
    bits = np.unpackbits(matrix, axis=1, bitorder="little")
    expected = np.packbits(bits.T, axis=1, bitorder="little")
    assert np.array_equal(_ot.transpose(isa, matrix, blocks)[: 128 * blocks], expected[: 128 * blocks])
