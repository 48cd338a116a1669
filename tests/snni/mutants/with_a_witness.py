"""Mutants of the engine among four servers: what hides from the dealer is taken away, or a check of one server."""

from tests.snni.mutants.among_servers import APART, KEYS, without
from tests.snni.mutants.mutant import Mutant

CHECK = "tests/snni/multiparty/check"
DEALERS_VIEW = f"{CHECK}/test_secrecy.py::test_the_dealers_view_is_uniform"
DEVIATIONS = f"{CHECK}/test_deviations.py"
SESSIONS = "tests/snni/multiparty/session/test_four_servers.py"
TO_AN_EVALUATOR = f"{DEVIATIONS}::test_every_message_of_every_server[deal-a bit flipped]"
TO_THE_DEALER = f"{DEVIATIONS}::test_every_message_of_every_server[check {{}}-a bit flipped]"
WRONG_SHARES = f"{DEVIATIONS}::test_a_wrong_share_that_both_evaluators_go_on_with"

HIDDEN = (
    "u of a gate's lower table: the dealer reads the digit",
    "psi of the lower table: the dealer reads the carry",
    "u of the upper table",
    "psi of the upper table: the dealer reads the comparison",
    "u of the first term",
    "u of the second term",
    "u of the first wrap's term",
    "u of the second wrap's term",
    "psi of a gate's result: the dealer reads it",
)
"""What hides a gate from the dealer, in its order."""

FOUR_SERVERS = (
    *(
        Mutant(
            f"hidden-{number}-in-the-clear",
            what,
            KEYS,
            'return DealtStream(self._derived(frame, b"hiding"))',
            f'return {without(number)}(self._derived(frame, b"hiding"))',
            f"{DEALERS_VIEW}[gate]",
        )
        for number, what in enumerate(HIDDEN)
    ),
    *(
        Mutant(
            f"{name}-hidden-{number}-in-the-clear",
            f"{what} of a {name}",
            KEYS,
            'return DealtStream(self._derived(frame, b"hiding"))',
            f'return {without(number)}(self._derived(frame, b"hiding"))',
            f"{DEALERS_VIEW}[{name}]",
        )
        for name, hidden in (
            ("convolution", ("u of the inputs", "psi")),
            ("product", ("u of the first factor", "u of the second factor", "psi")),
            ("lookup", ("u of the index", "psi")),
            ("rescale", ("u of the sign", "psi")),
        )
        for number, what in enumerate(hidden)
    ),
    Mutant(
        "hiding-seed-constant",
        "what hides a run from the dealer: it can draw every u and psi",
        KEYS,
        'return DealtStream(self._derived(frame, b"hiding"))',
        "return DealtStream(bytes(16))",
        APART,
    ),
    Mutant(
        "weights-aside-in-the-clear",
        "U: the dealer has every weight",
        "snni/multiparty/model.py",
        "seed = os.urandom(KEY_BYTES)",
        "seed = bytes(KEY_BYTES)",
        f"{CHECK}/test_secrecy.py::test_weights_at_the_dealer_are_hidden_by_a_seed_of_128_bits",
    ),
    Mutant(
        "witness-hash-not-compared",
        "an evaluator's look at what it was dealt",
        "snni/multiparty/check/transcript.py",
        "if not hmac.compare_digest(bytes(witness.recv(DIGEST, DIGEST_BYTES)), self.digest()):",
        "if not witness.recv(DIGEST, DIGEST_BYTES):",
        TO_AN_EVALUATOR,
    ),
    Mutant(
        "openings-not-compared",
        "the dealer's look at both evaluators' hashes",
        "snni/multiparty/check/verify.py",
        "if not all([hmac.compare_digest(each, expected) for each in said]):",
        "if not all([hmac.compare_digest(each, each) for each in said]):",
        f"{WRONG_SHARES}[ring-one_more-Role.FIRST]",
    ),
    Mutant(
        "seconds-openings-not-compared",
        "the dealer's look at the second evaluator's hash: a second that opened something else, and says so, goes on",
        "snni/multiparty/check/verify.py",
        "if not all([hmac.compare_digest(each, expected) for each in said]):",
        "if not all([hmac.compare_digest(each, expected) for each in said[:1]]):",
        TO_THE_DEALER.format("second"),
    ),
    Mutant(
        "firsts-openings-not-compared",
        "the dealer's look at the first evaluator's hash: a first that opened something else, and says so, goes on",
        "snni/multiparty/check/verify.py",
        "if not all([hmac.compare_digest(each, expected) for each in said]):",
        "if not all([hmac.compare_digest(each, expected) for each in said[1:]]):",
        TO_THE_DEALER.format("first"),
    ),
    Mutant(
        "results-masks-not-compared",
        "who asks compares what dealer and witness tell: either makes the level another",
        "snni/multiparty/session/told_alike.py",
        "if not all(np.array_equal(masks, other) for other in again):",
        "if not all(masks.shape == other.shape for other in again):",
        f"{SESSIONS}::test_one_that_lies_ends_the_session_and_no_level_comes[the dealer tells a wrong mask]",
    ),
    Mutant(
        "results-not-compared",
        "who asks compares what the evaluators opened: the first makes the level another",
        "snni/multiparty/session/told_alike.py",
        "if not np.array_equal(first, second) or first.max() >= task.classes:",
        "if first.max() >= task.classes:",
        f"{SESSIONS}::test_an_evaluator_that_tells_another_level_ends_the_session",
    ),
    Mutant(
        "verdict-of-any-run",
        "the number of the run that was checked",
        "snni/multiparty/session/told_alike.py",
        "if ms.receive(verdict, ms.VERDICT, ms.Run).number != number:",
        "if ms.receive(verdict, ms.VERDICT, ms.Run).number < 0:",
        f"{SESSIONS}::test_a_run_that_the_dealer_did_not_check_is_no_result",
    ),
    Mutant(
        "any-setting",
        "the number of servers that was asked for: three pass for four",
        "snni/multiparty/session/connecting.py",
        "if welcome.setting is not setting:",
        "if welcome.setting is None:",
        f"{SESSIONS}::test_servers_of_another_setting_are_refused_by_name",
    ),
)
