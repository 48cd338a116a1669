"""Authenticated bits and ANDs: codes hold, every truth table, over ideal transfers and real ones."""

from __future__ import annotations

import numpy as np
import pytest

from snni.errors import ParameterError
from snni.twoparty.active.blocks import blocks_of, low_bit, swapped, where
from snni.twoparty.active.bucket import bucket_size, shuffled, soundness_bits
from snni.twoparty.active.gates import land
from snni.twoparty.active.party import Party, Side
from snni.twoparty.active.triples import MOST_AT_ONCE, TripleMaker
from snni.twoparty.ot import OtParams
from tests.support.active_parties import run_both
from tests.support.chance import assert_fair

REAL = OtParams(k=4, chunk=1280, extension="ferret", lpn=16)
both_transfers = pytest.mark.parametrize("params", [None, REAL], ids=["ideal", "ferret"])
N = 300


def holds(one, delta_of_one, other, delta_of_other) -> bool:
    """Codes are keys XOR bit Delta, both ways."""
    mine = np.array_equal(one.codes, other.keys ^ where(one.bits, delta_of_other))
    return mine and np.array_equal(other.codes, one.keys ^ where(other.bits, delta_of_one))


@both_transfers
def test_random_bits_and_what_is_made_of_them_are_authenticated(params) -> None:
    public = np.random.default_rng(1).integers(0, 2, N).astype(np.uint8)

    def run(party: Party):
        x, y = party.random(N), party.random(N)
        made = (x, x ^ y, party.plus(x, public), x.times(public), x[::-1], party.input(Side.SERVER, public))
        opened = [party.open(one) for one in made]
        party.check()
        return made, opened, party.delta

    (mine, seen, my_delta), (theirs, also, their_delta) = run_both(run, params)
    assert low_bit(my_delta[None]) ^ low_bit(their_delta[None]) == 1
    for one, other, by_me, by_them in zip(mine, theirs, seen, also, strict=True):
        assert holds(one, my_delta, other, their_delta)
        assert np.array_equal(by_me, by_them) and np.array_equal(by_me, one.bits ^ other.bits)
    assert np.array_equal(seen[2], seen[0] ^ public) and np.array_equal(seen[5], public)


@both_transfers
def test_triples_are_ands_of_authenticated_bits(params) -> None:
    def run(party: Party):
        maker = TripleMaker(party)
        return maker.take(N), party.delta

    (mine, my_delta), (theirs, their_delta) = run_both(run, params)
    bits = {}
    for name in "xyz":
        one, other = getattr(mine, name), getattr(theirs, name)
        assert holds(one, my_delta, other, their_delta)
        bits[name] = one.bits ^ other.bits
    assert np.array_equal(bits["x"] & bits["y"], bits["z"])


def test_a_triple_is_handed_out_once() -> None:
    def run(party: Party):
        maker = TripleMaker(party)
        return np.concatenate([maker.take(n).x.codes for n in (1, 700, 900, 3)])

    codes, _ = run_both(run)
    assert len(np.unique(codes, axis=0)) == 1604


def test_every_and_of_every_sharing() -> None:
    """All sixteen pairs of both parties' inputs."""
    a, b = np.divmod(np.arange(16), 4)

    def run(party: Party):
        own = (a if party.side is Side.CLIENT else b).astype(np.uint8)
        x = party.input(Side.CLIENT, own & 1) ^ party.input(Side.SERVER, own & 1)
        y = party.input(Side.CLIENT, own >> 1) ^ party.input(Side.SERVER, own >> 1)
        z = land(party, TripleMaker(party), x, y)
        return party.open_to(Side.CLIENT, z), party.open_to(Side.SERVER, z)

    for result in run_both(run):
        wanted = ((a & 1) ^ (b & 1)) & ((a >> 1) ^ (b >> 1))
        assert any(np.array_equal(one, wanted) for one in result)


def test_what_is_opened_to_one_is_not_to_the_other() -> None:
    def run(party: Party):
        return party.open_to(Side.SERVER, party.input(Side.CLIENT, np.ones(8, np.uint8)))

    mine, theirs = run_both(run)
    assert not mine.any() and theirs.all()


def test_each_partys_bits_are_fair_whatever_is_shared() -> None:
    """Of an AND of ones with ones, and of what is opened for it."""
    n, opened = 1 << 14, []

    def run(party: Party):
        ones = np.ones(n, np.uint8)
        reveal = party.open
        party.open = lambda x: opened.append(reveal(x)) or opened[-1]  # type: ignore[method-assign]
        z = land(party, TripleMaker(party), party.input(Side.CLIENT, ones), party.input(Side.SERVER, ones))
        return z.bits

    mine, theirs = run_both(run)
    assert (mine ^ theirs).all()
    for bits in (mine, theirs, *opened):
        assert_fair(bits)


def test_swapped_bits_are_linear_and_back_again() -> None:
    blocks = blocks_of(np.random.default_rng(2).integers(0, 256, (50, 16)).astype(np.uint8))
    for place in (0, 1, 63, 64, 127):
        there = swapped(blocks, place)
        assert np.array_equal(swapped(there, place), blocks)
        assert np.array_equal(low_bit(there), (blocks[:, place // 64] >> np.uint64(place % 64) & np.uint64(1)))
        assert np.array_equal(swapped(blocks[:25] ^ blocks[25:], place), there[:25] ^ there[25:])


def test_bucket_sizes_leave_a_cheater_what_they_say() -> None:
    """The sizes of TinyOT's and WRK's tables, and the chance itself by simulation where it is large."""
    assert [bucket_size(1 << bits) for bits in (10, 14, 18, 20)] == [5, 4, 4, 3]
    assert bucket_size(MOST_AT_ONCE) == 3
    with pytest.raises(ParameterError):
        bucket_size(1)
    buckets, size, spoilt, runs = 8, 2, 4, 4000
    rng, won = np.random.default_rng(3), 0
    for _ in range(runs):
        order = shuffled(buckets * size, rng.bytes(16)).reshape(size, buckets)
        won += bool((order < spoilt).all(axis=0).any()) and rng.integers(0, 1 << spoilt) == 0
    bound = 2 ** -soundness_bits(buckets, size)
    assert won / runs <= bound + 6 * np.sqrt(bound / runs)  # under a fixed seed: cannot fail by chance
    assert won > 0


def test_permutations_are_of_all_and_of_the_seed() -> None:
    one, other = shuffled(1000, bytes(16)), shuffled(1000, bytes(15) + b"\1")
    assert sorted(one) == list(range(1000)) and np.array_equal(one, shuffled(1000, bytes(16)))
    assert (one != other).mean() > 0.9
