"""AES-128 against FIPS 197 and SP 800-38A, and every instruction set against the portable reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snni import _aes

ISAS = _aes.isas()
SIZES = [0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 129]


def rows(text: str) -> np.ndarray:
    return np.frombuffer(bytes.fromhex(text), dtype=np.uint8).reshape(-1, 16)


def key(text: str) -> np.ndarray:
    return np.frombuffer(bytes.fromhex(text), dtype=np.uint8)


def random_rows(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, 16), dtype=np.uint8)


def test_the_reference_is_always_there() -> None:
    assert ISAS[0] == "portable"


@pytest.mark.parametrize("isa", ISAS)
def test_fips_197_appendix_c1(isa: str) -> None:
    out = _aes.encrypt(isa, key("000102030405060708090a0b0c0d0e0f"), rows("00112233445566778899aabbccddeeff"))
    assert out.tobytes().hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"


@pytest.mark.parametrize("isa", ISAS)
def test_fips_197_appendix_a1_key_expansion(isa: str) -> None:
    out = _aes.expand(isa, rows("2b7e151628aed2a6abf7158809cf4f3c"))
    assert out[0, 1].tobytes().hex() == "a0fafe1788542cb123a339392a6c7605"
    assert out[0, 9].tobytes().hex() == "ac7766f319fadc2128d12941575c006e"
    assert out[0, 10].tobytes().hex() == "d014f9a8c9ee2589e13f0cc8b6630ca6"


PLAIN = (
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)


@pytest.mark.parametrize("isa", ISAS)
def test_sp_800_38a_ecb_f_1_1(isa: str) -> None:
    out = _aes.encrypt(isa, key("2b7e151628aed2a6abf7158809cf4f3c"), rows(PLAIN))
    assert out.tobytes().hex() == (
        "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf"
        "43b1cd7f598ece23881b00e3ed0306887b0c785e27e8ad3f8223207104725dd4"
    )


@pytest.mark.parametrize("isa", ISAS)
def test_sp_800_38a_ctr_f_5_1(isa: str) -> None:
    first = int("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", 16)
    counters = np.frombuffer(b"".join((first + i).to_bytes(16, "big") for i in range(4)), dtype=np.uint8)
    stream = _aes.encrypt(isa, key("2b7e151628aed2a6abf7158809cf4f3c"), counters.reshape(4, 16))
    assert (stream ^ rows(PLAIN)).tobytes().hex() == (
        "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
        "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee"
    )


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("n", SIZES)
def test_every_kernel_equals_the_reference(isa: str, n: int) -> None:
    blocks, keys = random_rows(n, n), random_rows(3, n + 1000)
    assert np.array_equal(_aes.expand(isa, blocks), _aes.expand("portable", blocks))
    assert np.array_equal(_aes.encrypt(isa, keys[0], blocks), _aes.encrypt("portable", keys[0], blocks))
    near_wrap = 2**64 - 5
    for first in (0, 77, near_wrap):
        counter = _aes.counter(isa, keys[0], 9, first, n)
        assert np.array_equal(counter, _aes.counter("portable", keys[0], 9, first, n))
        hashed = _aes.mitccrh(isa, keys[1], first, blocks)
        assert np.array_equal(hashed, _aes.mitccrh("portable", keys[1], first, blocks))
        pair = _aes.mitccrh_pair(isa, keys[1], first, blocks, keys[2])
        reference = _aes.mitccrh_pair("portable", keys[1], first, blocks, keys[2])
        assert all(np.array_equal(a, b) for a, b in zip(pair, reference, strict=True))


def test_mitccrh_is_its_formula() -> None:
    start, blocks, delta = random_rows(1, 1)[0], random_rows(5, 2), random_rows(1, 3)[0]
    plain, shifted = _aes.mitccrh_pair("portable", start, 40, blocks, delta)
    for j in range(5):
        index = np.frombuffer((40 + j).to_bytes(16, "little"), dtype=np.uint8)
        for value, out in ((blocks[j], plain[j]), (blocks[j] ^ delta, shifted[j])):
            cipher = _aes.encrypt("portable", start ^ index, value.reshape(1, 16))[0]
            assert np.array_equal(out, cipher ^ value)
    assert np.array_equal(_aes.mitccrh("portable", start, 40, blocks), plain)


def test_counter_blocks_are_counter_then_stream_little_endian() -> None:
    secret = random_rows(1, 4)[0]
    plain = np.frombuffer((6).to_bytes(8, "little") + (9).to_bytes(8, "little"), dtype=np.uint8).reshape(1, 16)
    expected = _aes.encrypt("portable", secret, plain)
    assert np.array_equal(_aes.counter("portable", secret, 9, 5, 2)[1:], expected)


@given(st.lists(st.integers(0, 1100), max_size=8), st.integers(0, 2**64 - 1))
def test_the_stream_does_not_depend_on_how_it_is_drawn(pieces: list[int], stream: int) -> None:
    seed = random_rows(1, 5)[0]
    whole = _aes.counter("portable", seed, stream, 0, (sum(pieces) + 15) // 16)
    assert np.array_equal(_aes.prg_bytes(seed.tobytes(), stream, pieces), whole.reshape(-1)[: sum(pieces)])


@given(st.integers(0, 600), st.integers(1, 32), st.integers(0, 2**64 - 1))
def test_words_are_the_stream_s_and_keep_their_lowest_bits(count: int, bits: int, stream: int) -> None:
    seed = random_rows(1, 6)[0]
    whole = _aes.counter("portable", seed, stream, 0, (4 * count + 15) // 16).reshape(-1).view(np.uint32)[:count]
    assert np.array_equal(_aes.prg_words(seed.tobytes(), stream, count, bits), whole & np.uint32((1 << bits) - 1))


def test_a_generator_refuses_what_it_cannot_draw() -> None:
    for seed, count, bits in ((bytes(15), 1, 8), (bytes(17), 1, 8), (bytes(16), 1, 0), (bytes(16), 1, 33)):
        with pytest.raises(ValueError, match=r"seed|bits"):
            _aes.prg_words(seed, 0, count, bits)
    with pytest.raises(ValueError, match="count"):
        _aes.prg_words(bytes(16), 0, (1 << 32) + 1, 8)


def test_an_unknown_instruction_set_is_refused() -> None:
    with pytest.raises(ValueError, match="instruction set"):
        _aes.expand("z80", random_rows(1, 0))
