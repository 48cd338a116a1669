"""Mutants of audited preparations: a seed that is known, a choice without effect, a comparison that is not made."""

from tests.snni.mutants.mutant import Mutant

SESSION = "tests/snni/twoparty/session/test_audit.py"
UNIT = "tests/snni/twoparty/audit/test_unit.py"

AUDITS = (
    Mutant(
        "unit-seed-constant",
        "the client's part of a unit's seed: the server has every key and mask of it, and reads its images",
        "snni/twoparty/session/client_ahead.py",
        "common, self._seed = self._common, drawn(SEED_BYTES)",
        "common, self._seed = self._common, bytes(SEED_BYTES)",
        f"{SESSION}::test_units_share_no_seed",
    ),
    Mutant(
        "unit-added-constant",
        "the server's part of a unit's seed: a client tries seeds until the tape suits it",
        "snni/twoparty/session/server_ahead.py",
        "self._request, self._added = request, os.urandom(SEED_BYTES)",
        "self._request, self._added = request, bytes(SEED_BYTES)",
        f"{SESSION}::test_units_share_no_seed",
    ),
    Mutant(
        "unit-tape-of-one-party",
        "the same, where the tape is made",
        "snni/twoparty/audit/tape.py",
        "KEY + seed + added",
        "KEY + seed + KEY",
        f"{UNIT}::test_another_seed_gives_another_unit_from_its_first_message_on",
    ),
    Mutant(
        "tape-one-stream",
        "a stream of its own for each draw: all seeds of a unit are one",
        "snni/ring/random.py",
        "stream, self._calls = self._calls, self._calls + 1",
        "stream, self._calls = 0, self._calls + 1",
        f"{UNIT}::test_a_tape_gives_nothing_twice_and_holds_in_its_thread_alone",
    ),
    Mutant(
        "commitment-not-opened",
        "the commitment: a client shows whatever seed suits what it has sent",
        "snni/twoparty/session/server_ahead.py",
        "if not opens(self._request.commitment, seed):",
        "if not seed:",
        f"{SESSION}::test_a_seed_that_was_not_committed_to_is_found",
    ),
    Mutant(
        "replay-not-compared",
        "the comparison of what was sent with what the seed gives",
        "snni/twoparty/audit/transcript.py",
        'if next(self._received, b"") != digest(int(tag), payload):',
        'if not next(self._received, b""):',
        f"{UNIT}::test_one_other_bit_of_any_message_is_found",
    ),
    Mutant(
        "shown-unit-kept",
        "the burning of what is shown: an image goes under masks that the server has been given",
        "snni/twoparty/session/client_ahead.py",
        "for gone, _ in held:",
        "for gone, one in [(n, self._common.pool.put(n, f)) for n, f in held][:0]:",
        f"{SESSION}::test_what_is_shown_is_burnt_at_both_ends_and_what_is_kept_is_used",
    ),
    Mutant(
        "caught-client-comes-again",
        "the lock: a client that was caught dials anew",
        "snni/twoparty/session/server.py",
        "self.standing.suspects.check(session.client)",
        "self.standing.suspects.locked",
        f"{SESSION}::test_a_deviation_is_found_exactly_when_it_is_asked_for",
    ),
)
