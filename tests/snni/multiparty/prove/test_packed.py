"""Proofs over packed bits: relations that hold pass, one bit that is off anywhere is found, and what is said is
uniform."""

from __future__ import annotations

import numpy as np
import pytest

from snni.errors import DeviationError, SnniError
from snni.multiparty import _field
from snni.multiparty.prove import bits, packed
from snni.multiparty.prove.algebra import FIELD
from snni.multiparty.prove.bits import prove_bits
from snni.multiparty.prove.packed import BLOCKS, VARIABLES, PackedClaim, prove_packed
from snni.multiparty.prove.planes import Relations, plane
from snni.multiparty.roles import Role
from tests.snni.multiparty.prove.three import PARTIES, proved


def shares(values, rng):
    one = rng.integers(0, 2, values.shape, np.uint32)
    return values, one, values ^ one


def statements(counts, rng, off=None):
    """By party: of each count of values a product, a zero, and a sum of three products; ``off``: which z bit is wrong,
    (statement, group, value)."""
    made = {party: [] for party in PARTIES}
    for at, n in enumerate(counts):
        bit = rng.integers(0, 2, (8, n), np.uint32)
        zs = [bit[0] & bit[1], np.zeros(n, np.uint32), bit[2] & bit[3] ^ bit[4] & bit[5] ^ bit[6] & bit[7]]
        known = [shares(one, rng) for one in bit]
        for group, z in enumerate(zs):
            if off and off[:2] == (at, group):
                z[off[2]] ^= np.uint32(1)
        parts = [shares(z, rng) for z in zs]
        for index, party in enumerate(PARTIES):
            relations = Relations(n, frozenset((Role.FIRST,)))
            planes = [plane(one[index]) for one in known]
            relations.product(planes[0], planes[1], plane(parts[0][index]))
            relations.zeros([plane(parts[1][index])])
            relations.groups.append(bits.Group(tuple(zip(planes[2::2], planes[3::2], strict=True)),
                                               plane(parts[2][index])))  # fmt: skip
            made[party].append(relations)
    return made


def run(made, **options):
    return proved({party: lambda side, party=party: prove_bits(side, made[party]) for party in PARTIES}, **options)


COUNTS = [1, 65, 4096, 5000]


def test_relations_that_hold_pass_and_none_passes_with_a_bit_off():
    assert run(statements(COUNTS, np.random.default_rng(0))).errors == {}
    places = [(at, group, value) for at, n in enumerate(COUNTS) for group in range(3) for value in {0, n // 2, n - 1}]
    for off in places:
        errors = run(statements(COUNTS, np.random.default_rng(1), off)).errors
        assert isinstance(errors["drawing"], DeviationError), off
        assert isinstance(errors["told"], SnniError), off


def test_what_goes_into_many_proofs_is_proved_as_well(monkeypatch):
    monkeypatch.setattr(bits, "AT_ONCE", 2048)
    assert run(statements(COUNTS, np.random.default_rng(2))).errors == {}
    assert isinstance(run(statements(COUNTS, np.random.default_rng(2), (3, 2, 4999))).errors["drawing"], DeviationError)


def test_zeros_alone_are_proved():
    def relations(bit):
        made = Relations(3, frozenset())
        made.zeros([plane(np.array([0, 0, bit], np.uint32))])
        return [made]

    assert run(dict.fromkeys(PARTIES, relations(0))).errors == {}
    wrong = {"prover": relations(0), "drawing": relations(0), "told": relations(1)}
    assert isinstance(run(wrong).errors["drawing"], DeviationError)


def test_errors_do_not_cancel_between_values_or_relations():
    """Two bits off by the same in any two places: with weights that were alike somewhere one pair would pass."""
    n, rng = 300, np.random.default_rng(3)
    for first, second in [(0, 1), (0, 64), (0, 128), (63, 299), (5, 69)]:
        made = statements([n], rng)
        group = made["told"][0].groups
        both = np.zeros(n, np.uint32)
        both[[first, second]] = 1
        group[1] = bits.Group((), group[1].z ^ plane(both))
        assert run(made).errors, (first, second)
    for one, other in [(0, 1), (0, 2), (1, 2)]:
        made = statements([n], rng)
        group = made["told"][0].groups
        off = plane(np.eye(1, n, 7, dtype=np.uint32)[0])
        for at in (one, other):
            group[at] = bits.Group(group[at].pairs, group[at].z ^ off)
        assert run(made).errors, (one, other)


def test_a_vector_at_each_verifier():
    rng = np.random.default_rng(4)
    a, b = (rng.integers(0, 1 << 64, (BLOCKS, 3), np.uint64) for _ in range(2))
    gamma, weights = (rng.integers(0, 1 << 64, n, np.uint64) for n in (BLOCKS, 3))
    gamma[0] = 1
    z = FIELD.dot(gamma, np.array([_field.dot(one, weights) for one in a & b], np.uint64))
    for off in (0, 1):
        claims = {
            "prover": PackedClaim(a, b, gamma, weights, z),
            "drawing": PackedClaim(a, None, gamma, weights, z ^ 5),
            "told": PackedClaim(None, b, gamma, weights, 5 ^ off),
        }
        ended = proved({party: lambda side, one=claim: prove_packed(side, one) for party, claim in claims.items()})
        assert bool(ended.errors) == bool(off)
    claims["prover"] = claims["told"]
    with pytest.raises(ValueError, match="knows all"):
        proved({party: lambda side, party=party: prove_packed(side, claims[party]) for party in PARTIES}, timeout_s=1.0)


def test_every_message_of_every_party():
    made = statements([100], np.random.default_rng(5))
    honest = run(made).sent
    for link, frames in honest.items():
        for target in range(len(frames)):

            def tamper(at, number, payload, link=link, target=target):
                return payload[:-1] + bytes([payload[-1] ^ 1]) if (at, number) == (link, target) else payload

            assert run(made, tamper=tamper).errors, (link, target)


def vanishing(at):
    """P of degree 2 in the first variable and 0 in others, at all points: (X - x) (X - y)."""
    x, y = at
    line = np.zeros((3, 3 ** (VARIABLES - 1)), np.uint64)
    corners = packed._corners()[: BLOCKS // 2]  # of the other variables: at infinity stands 0
    one = [FIELD.dot(np.array([x ^ t], np.uint64), np.array([y ^ t], np.uint64)) for t in (0, 1)] + [1]
    for digit, value in enumerate(one):
        line[digit, corners] = value
    return line.reshape(-1)


def test_a_lie_passes_where_what_it_adds_to_p_vanishes_and_nowhere_else():
    """Whoever knew two challenges could add what is 0 there: of 16 in the first variable it passes at 2."""
    for at in [(3, 12), (0, 7)]:
        passes = [r for r in range(16) if packed._at(vanishing(at), [r, *range(40, 39 + VARIABLES)]) == 0]
        assert passes == sorted(at)
    rng = np.random.default_rng(6)
    for _ in range(20):
        added = rng.integers(0, 1 << 64, 3**VARIABLES, np.uint64)
        others = rng.integers(0, 1 << 64, VARIABLES - 1, np.uint64).tolist()
        assert sum(packed._at(added, [r, *others]) == 0 for r in range(64)) <= 2


def test_the_claim_after_a_challenge_is_the_one_before():
    """For random bits and challenges: P(r) is the sum of products of what the bits become."""
    rng = np.random.default_rng(7)
    a, b = (rng.integers(0, 1 << 64, (BLOCKS, 2), np.uint64) for _ in range(2))
    weights, r = rng.integers(0, 1 << 64, 2, np.uint64), rng.integers(0, 1 << 64, VARIABLES, np.uint64).tolist()
    values = _field.ends(a, b, weights)
    for corner in (0, 1, 37, BLOCKS - 1):
        point = [corner >> (VARIABLES - 1 - at) & 1 for at in range(VARIABLES)]
        assert packed._at(values, point) == int(values[packed._corners()[corner]])
        assert values[packed._corners()[corner]] == _field.dot(a[corner] & b[corner], weights)
    factors = packed._factors(r)
    assert packed._at(values, r) == _field.dot(_field.unpack(a, factors, weights), _field.unpack(b, factors, None))


def test_what_is_said_is_uniform(monkeypatch):
    """Of many proofs of one claim, every word that the told verifier hears; without the stream it is the same."""
    ones = np.full((BLOCKS, 1), (1 << 64) - 1, np.uint64)
    gamma = np.ones(BLOCKS, np.uint64)
    claim = PackedClaim(ones, ones, gamma, np.ones(1, np.uint64), 0)
    none = PackedClaim(None, ones, gamma, np.ones(1, np.uint64), 0)
    mine = PackedClaim(ones, None, gamma, np.ones(1, np.uint64), 0)
    claims = {"prover": claim, "drawing": mine, "told": none}

    def heard():
        parts = {party: lambda side, party=party: prove_packed(side, claims[party]) for party in PARTIES}
        return np.frombuffer(proved(parts).sent["prover", "told"][0], np.uint64)

    count = 30
    said = np.array([heard() for _ in range(count)])
    assert said.shape == (count, packed.SAID)
    assert all(len(set(column.tolist())) == count for column in said.T)
    ones_of = np.bitwise_count(said).astype(int).mean()
    assert abs(ones_of - 32) < 8 * 4 / np.sqrt(said.size)  # 8 standard deviations
    monkeypatch.setattr(packed, "drawn", lambda stream, size: np.zeros(size, np.uint64))
    bare = np.array([heard() for _ in range(2)])
    assert np.array_equal(bare[0], bare[1])
