"""Proofs of inner products: what holds passes, what does not is found, and no message says anything of the vectors."""

from __future__ import annotations

import numpy as np
import pytest

from snni.errors import DeviationError, SnniError
from snni.multiparty import _field
from snni.multiparty.prove import inner, sums, words
from snni.multiparty.prove.algebra import FIELD, WORDS, single
from snni.multiparty.prove.inner import LEAST, Claim, prove_folded, sacrifice
from tests.snni.multiparty.prove.three import PARTIES, proved, shared

KINDS = {"folded": (FIELD, prove_folded), "field": (FIELD, None), "words": (WORDS, None)}
SIZES = [1, 7, LEAST, LEAST + 1, 5000]


def claims(kind, size, rng, wrong=0, sided=False):
    """By party: claims of random vectors; z off by ``wrong``."""
    algebra, _ = KINDS[kind]
    a, b = (rng.integers(0, 1 << 64, size, np.uint64) for _ in range(2))
    z = algebra.dot(a, b)
    if sided:
        zs = shared(single(z), algebra is FIELD, rng)
        return {
            "prover": Claim(a, b, z),
            "drawing": Claim(a, None, (int(zs[0][0]) + wrong) % (1 << 64)),
            "told": Claim(None, b, int(zs[1][0])),
        }
    parts = [shared(one, algebra is FIELD, rng) for one in (a, b, single(z))]
    one, other = ([part[at] for part in parts] for at in range(2))
    return {
        "prover": Claim(a, b, z),
        "drawing": Claim(one[0], one[1], (int(one[2][0]) + wrong) % (1 << 64)),
        "told": Claim(other[0], other[1], int(other[2][0])),
    }


def run(kind, by_party, **options):
    algebra, folded = KINDS[kind]
    prove = folded or (lambda side, claim: sacrifice(side, algebra, claim))
    return proved({party: lambda side, party=party: prove(side, by_party[party]) for party in PARTIES}, **options)


@pytest.mark.parametrize("sided", [False, True], ids=["shared", "a vector at each"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_claim_that_holds_passes_and_one_that_does_not_is_found(kind, size, sided):
    rng = np.random.default_rng(size)
    assert run(kind, claims(kind, size, rng, sided=sided)).errors == {}
    for wrong in (1, 1 << 20, (1 << 64) - 1):
        errors = run(kind, claims(kind, size, rng, wrong, sided)).errors
        assert isinstance(errors["drawing"], DeviationError)
        assert isinstance(errors["told"], SnniError)


@pytest.mark.parametrize("kind", KINDS)
def test_every_message_of_every_party(kind):
    """A changed bit of any message ends it; nobody goes on as if all were well but who has no part in what was
    changed."""
    rng = np.random.default_rng(1)
    by_party = claims(kind, 600, rng)
    honest = run(kind, by_party).sent
    for link, frames in honest.items():
        for target in range(len(frames)):

            def tamper(at, number, payload, link=link, target=target):
                return bytes([payload[0] ^ 1]) + payload[1:] if (at, number) == (link, target) else payload

            assert run(kind, by_party, tamper=tamper).errors, (link, target)


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_share_of_what_is_opened_says_nothing_of_the_others(kind):
    """The verifier that lies gets no number back that depends on the other's b: the other ends before."""
    rng = np.random.default_rng(2)
    by_party = claims(kind, 16, rng)
    honest = run(kind, by_party).sent
    assert len(honest["drawing", "told"]) == 2  # its share of what is opened, and of what must be zero

    def tamper(link, number, payload):
        return bytes([payload[0] ^ 1]) + payload[1:] if (link, number) == (("told", "drawing"), 0) else payload

    ended = run(kind, by_party, tamper=tamper)
    assert isinstance(ended.errors["drawing"], DeviationError)
    assert len(ended.sent["drawing", "told"]) == 1


def test_a_prover_that_is_told_another_challenge_says_no_more():
    rng = np.random.default_rng(3)
    by_party = claims("folded", 600, rng)

    def tamper(link, number, payload):
        return bytes([payload[0] ^ 1]) + payload[1:] if (link, number) == (("told", "prover"), 0) else payload

    ended = run("folded", by_party, tamper=tamper)
    assert isinstance(ended.errors["prover"], DeviationError)
    assert ("prover", "drawing") not in ended.sent


def lying(kind, bits, size=24, runs=4000):
    """How often a wrong claim passes when all challenges have so few bits, the prover's answers being random."""
    rng = np.random.default_rng(bits)
    algebra, _ = KINDS[kind]
    passed = 0
    for _ in range(runs):
        a, b = (rng.integers(0, 1 << 64, size, np.uint64) for _ in range(2))
        mask = rng.integers(0, 1 << 64, size, np.uint64)
        guess, r = (int(one) for one in rng.integers(0, 1 << bits, 2))
        # z is off by 1: the best that a prover can do is to put its product off by what the challenge will make of it
        z = int(algebra.plus(single(algebra.dot(a, b)), single(1))[0])
        product = algebra.plus(single(algebra.dot(mask, b)), single(guess))
        opened = algebra.minus(algebra.times(r, a), mask)
        rest = algebra.minus(algebra.minus(algebra.times(r, single(z)), product), single(algebra.dot(opened, b)))
        passed += not np.any(rest)
    return passed, runs


@pytest.mark.parametrize("kind", ["field", "words"])
def test_a_guess_of_the_challenge_is_all_that_helps(kind):
    """At 4 bits a lie passes one time in 16: 4000 tries, outside of 120..380 with a chance below 2^-40."""
    passed, _runs = lying(kind, 4)
    assert 120 <= passed <= 380


def test_a_fold_lets_a_lie_pass_at_two_points_at_most():
    """q' - q of degree 2, its values at 0 and 1 summing to what the claim is off by: zero at no more than two r's."""
    rng = np.random.default_rng(5)
    for _ in range(50):
        a, b = (rng.integers(0, 1 << 64, 2, np.uint64) for _ in range(2))
        low, top = _field.dot(a[:1], b[:1]), _field.dot_of_sums(a, b)
        z = _field.dot(a, b)
        off, off_low, off_top = (int(one) for one in rng.integers(0, 1 << 64, 3, np.uint64))
        roots = 0
        for r in range(64):
            lied = (low ^ off_low) ^ inner._times(r, (z ^ off) ^ (top ^ off_top) ^ inner._times(r, top ^ off_top))
            folded = [_field.fold(one, r) for one in (a, b)]
            roots += lied == _field.dot(*folded)
        assert roots <= 2


@pytest.mark.parametrize("bits", range(1, 33))
def test_a_lie_about_words_of_any_ring_passes_with_a_chance_below_2_to_the_minus_40(bits):
    """By the bound of one proof (words.py, sums.py), in as many as are made."""
    assert ((68 - bits) ** 2 / 2 ** (67 - bits)) ** words.REPETITIONS < 2**-40
    left, once = 65 - bits, 2.0**-sums.WEIGHTINGS
    of_sums = sum(once**t * (1 - once) * 2.0 ** (t - left) for t in range(left)) + once**left
    assert of_sums ** sums.repetitions([1, bits]) < 2**-40


@pytest.mark.parametrize("sided", [False, True], ids=["shared", "a vector at each"])
@pytest.mark.parametrize("algebra", [FIELD, WORDS], ids=["field", "words"])
def test_one_opening_serves_many_claims_of_one_vector(algebra, sided):
    """All hold, or it is found, whichever is wrong."""
    kind, rng = "field" if algebra is FIELD else "words", np.random.default_rng(8)
    several = [claims(kind, 40, rng, sided=sided) for _ in range(3)]
    for party in PARTIES:
        for one in several:
            one[party] = Claim(several[0][party].a, one[party].b, one[party].z)
    for one in several:
        z = algebra.dot(one["prover"].a, several[0]["prover"].b if one is several[0] else one["prover"].b)
        known = int(algebra.minus(single(z), single(one["told"].z))[0])
        one["drawing"] = Claim(one["drawing"].a, one["drawing"].b, known)
    for wrong in (None, 0, 1, 2):
        told = {party: [one[party] for one in several] for party in PARTIES}
        if wrong is not None:
            one = told["told"][wrong]
            told["told"][wrong] = Claim(one.a, one.b, one.z ^ 1)
        parts = {party: lambda side, given=given: sacrifice(side, algebra, *given) for party, given in told.items()}
        ended = proved(parts)
        assert bool(ended.errors) == (wrong is not None)
        assert len(ended.sent["told", "drawing"]) == 2 - sided


def test_who_proves_knows_all():
    rng = np.random.default_rng(6)
    by_party = claims("folded", 600, rng, sided=True)
    by_party["prover"] = by_party["told"]
    with pytest.raises(ValueError, match="knows all"):
        run("folded", by_party, timeout_s=1.0)
