"""Mutants of two active parties: a check or a die less; parties that follow the protocol get the same results."""

from tests.snni.mutants.mutant import Mutant

TESTS = "tests/snni/twoparty/active"
PARTY = "snni/twoparty/active/party.py"
TRIPLES = "snni/twoparty/active/triples.py"
COMMON = f"{TESTS}/test_deviations.py::test_what_is_thrown_in_common_is_new_in_every_session"

ACTIVE = (
    Mutant(
        "active-openings-not-compared",
        "the digest of codes: any bit is opened as another",
        PARTY,
        "if said != self._heard.digest():",
        "if len(said) != 32:",
        f"{TESTS}/test_deviations.py::test_a_wrong_opening_passes_only_where_the_others_delta_is_guessed",
        results=False,
    ),
    Mutant(
        "active-result-not-compared",
        "the code of a result: whoever does not get it chooses it",
        PARTY,
        "if said != _digest(x.keys ^ where(theirs, self.delta)):",
        "if len(said) != 32:",
        f"{TESTS}/test_deviations.py::test_a_result_cannot_be_opened_as_another",
        results=False,
    ),
    Mutant(
        "active-ands-not-compared",
        "the comparison of leaky ANDs: bets cost nothing",
        PARTY,
        "if theirs != own:",
        "if len(theirs) != len(own):",
        f"{TESTS}/test_deviations.py::test_a_bet_on_a_bit_of_a_leaky_triple_is_lost_half_the_time",
        results=False,
    ),
    Mutant(
        "active-comparison-not-bound",
        "the first mover's commitment: it opens what the second one sent",
        PARTY,
        "if len(opened) != 48 or hashlib.blake2b(opened, digest_size=32).digest() != commitment:",
        "if len(opened) != 48:",
        f"{TESTS}/test_deviations.py::test_commitments_bind",
        results=False,
    ),
    Mutant(
        "active-coin-not-bound",
        "the first mover's commitment to its half of a coin: it chooses the buckets",
        PARTY,
        "if len(theirs) != 32 or hashlib.blake2b(theirs, digest_size=32).digest() != commitment:",
        "if len(theirs) != 32:",
        f"{TESTS}/test_deviations.py::test_commitments_bind",
        results=False,
    ),
    Mutant(
        "active-coin-constant",
        "the coin: a cheater spoils the triples of one bucket",
        PARTY,
        'return hashlib.blake2b(pair, digest_size=16, person=b"coin").digest()',
        'return hashlib.blake2b(pair, digest_size=16, person=b"coin").digest() and bytes(16)',
        COMMON,
        results=False,
    ),
    Mutant(
        "active-hash-key-constant",
        "the nonces: hashes of two sessions are of one key",
        PARTY,
        "nonce = os.urandom(16)",
        "nonce = bytes(16)",
        COMMON,
        results=False,
    ),
    Mutant(
        "active-triples-twice",
        "a triple serves once: two ANDs under one triple tell how their factors differ",
        TRIPLES,
        "self._ready = [pool[n:]] if len(pool) > n else []",
        "self._ready = [pool]",
        f"{TESTS}/test_bits.py::test_a_triple_is_handed_out_once",
        results=False,
    ),
    Mutant(
        "active-hash-positions-twice",
        "a position of the hash serves once",
        TRIPLES,
        "first, self._hashed = self._hashed, self._hashed + n",
        "first, self._hashed = self._hashed, self._hashed",
        f"{TESTS}/test_deviations.py::test_no_position_of_a_hash_serves_twice",
        results=False,
    ),
)
