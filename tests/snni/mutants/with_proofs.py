"""Mutants of the engine among three active servers: something goes unproved or uncompared, or a mask or a coin is
known."""

from functools import partial

from tests.snni.mutants.mutant import Mutant

TESTS = "tests/snni/multiparty/prove"
DEALS = f"{TESTS}/test_deviations.py::test_a_dealer_that_deals_anything_else"
PARTS = f"{TESTS}/test_deviations.py::test_an_evaluator_whose_part_of_a_check_is_wrong"
CHANGED = f"{TESTS}/test_gate.py::test_nothing_dealt_can_be_changed_alone"
ONCE = f"{TESTS}/test_draws.py::test_no_server_draws_a_stream_twice"
TOLD = f"{TESTS}/test_secrecy.py::test_what_the_dealer_is_told_is_uniform"
CHALLENGED = f"{TESTS}/test_inner.py::test_a_prover_that_is_told_another_challenge_says_no_more"
RARE = f"{TESTS}/test_inner.py::test_a_lie_about_words_of_any_ring_passes_with_a_chance_below_2_to_the_minus_40"
PROVING, SIDES, SUMS, ENDS, HIDDEN, CORRECTIONS = (
    f"snni/multiparty/prove/{name}.py" for name in ("proving", "sides", "sums", "ends", "hidden", "corrections")
)

proved = partial(Mutant, results_by="tests/snni/mutants/right_levels_with_proofs.py")

UNPROVED = (
    proved(
        "dealt-bits-unproved",
        "the proof of all that is dealt for gates and rescales: the dealer chooses levels",
        PROVING,
        "record.relations)",
        "[])",
        f"{DEALS}[boolean-some]",
    ),
    proved(
        "dealt-products-unproved",
        "the proof of what is dealt for convolutions",
        PROVING,
        "record.products)",
        "[])",
        f"{DEALS}[wide-some]",
    ),
    proved(
        "dealt-quotients-of-labels-unproved",
        "the proof of what is dealt for a label's products",
        PROVING,
        "record.sums)",
        "[])",
        f"{DEALS}_for_a_video[wide-some]",
    ),
    proved(
        "parts-of-tables-unproved",
        "an evaluator's proof of its part of what openings of bits are checked by",
        PROVING,
        "told.relations(role))",
        "[])",
        PARTS,
    ),
    proved(
        "parts-of-sums-unproved",
        "the same of openings of sums: an evaluator opens what it likes, and has told what fits",
        PROVING,
        "told.sums(role))",
        "[])",
        PARTS,
    ),
    proved(
        "parts-of-convolutions-unproved",
        "the same of openings of convolutions",
        PROVING,
        "told.convolutions(role))",
        "[])",
        PARTS,
    ),
    proved(
        "last-piece-unproved",
        "the proof of the last relations, which fill no piece",
        "snni/multiparty/prove/bits.py",
        "    if piece:",
        "    if not piece:",
        f"{DEALS}[boolean-some]",
    ),
    proved(
        "zeros-unproved",
        "that what must be zero is: entries of tables that no product makes",
        "snni/multiparty/prove/planes.py",
        "self.groups.extend(Group((), one) for one in each)",
        "list(each)",
        CHANGED,
    ),
    proved(
        "rescaled-mask-unproved",
        "that a rescale's constant is the truncated mask's",
        "snni/multiparty/prove/rescale.py",
        "add(made, constants, ",
        "add(Relations(made.n, made.known), constants, ",
        f"{TESTS}/test_rescale.py::test_nothing_dealt_can_be_changed_alone[rescale]",
    ),
    proved(
        "truncated-mask-unproved",
        "that the mask that maxima are taken of is the truncated one",
        "snni/multiparty/prove/rescale.py",
        "add(made, {role: part.kept",
        "add(Relations(made.n, made.known), {role: part.kept",
        f"{TESTS}/test_rescale.py::test_nothing_dealt_can_be_changed_alone[truncation]",
    ),
    proved(
        "sum-of-words-proved-once",
        "the second proof of words: a lie passes once in 2^24",
        "snni/multiparty/prove/words.py",
        "REPETITIONS = 2",
        "REPETITIONS = 1",
        RARE,
    ),
    proved(
        "sums-of-large-rings-proved-once",
        "the second proof of sums of more than 24 bits: a lie passes once in 2^32",
        SUMS,
        "return 1 if max(rings) <= ONCE_BITS else 2",
        "return 1",
        RARE,
    ),
    proved(
        "sums-weighted-once",
        "the second weighting of sums: a lie passes once in 2^39",
        SUMS,
        "WEIGHTINGS = 2",
        "WEIGHTINGS = 1",
        RARE,
    ),
)

UNCOMPARED = (
    proved(
        "proof-not-compared",
        "the sum that must be zero: any claim passes",
        "snni/multiparty/prove/inner.py",
        "if np.any(algebra.plus(rest, side.exchange(rest))):",
        "if side.exchange(rest).size != rest.size:",
        f"{TESTS}/test_inner.py::test_a_claim_that_holds_passes_and_one_that_does_not_is_found",
    ),
    proved(
        "challenges-not-compared",
        "the prover's look at the other verifier's challenges: two answers about one secret",
        SIDES,
        "if not hmac.compare_digest(digest, self._challenges.digest()):",
        "if not digest:",
        CHALLENGED,
    ),
    proved(
        "challenges-left-out-of-their-hash",
        "the same, by a hash of nothing",
        SIDES,
        "self._hash.update(values.tobytes())",
        'self._hash.update(b"")',
        CHALLENGED,
    ),
    proved(
        "other-verifiers-share-not-compared",
        "a verifier's look at the hash of what is opened: one that lies learns of the other's share",
        SIDES,
        "if not hmac.compare_digest(bytes(self.prover.recv(OPENED, HASH_BYTES)), _digest(values)):",
        "if not self.prover.recv(OPENED, HASH_BYTES):",
        f"{TESTS}/test_inner.py::test_a_wrong_share_of_what_is_opened_says_nothing_of_the_others",
    ),
    proved(
        "masks-of-results-not-compared",
        "who asks compares the dealer's mask of a result with the evaluators': either makes the level another",
        "snni/multiparty/session/told_alike.py",
        "if setting.proved and not ",
        "if setting.witnessed and not ",
        "tests/snni/multiparty/session/test_three_active_servers.py"
        "::test_one_that_tells_another_mask_of_the_results_ends_the_session",
    ),
)

KNOWN = (
    proved(
        "challenges-constant",
        "the coins of every proof: who proves anything proves anything",
        ENDS,
        'self.keys[other].proof(number, b"asked " + name)',
        'PairKey(bytes(16)).proof(0, b"asked")',
        ONCE,
    ),
    proved(
        "challenges-of-an-earlier-run",
        "coins of a run's own: who proved once knows them",
        ENDS,
        'self.keys[other].proof(number, b"asked " + name)',
        'self.keys[other].proof(0, b"asked " + name)',
        ONCE,
    ),
    proved(
        "weights-of-products-constant",
        "the weights of words: two that are wrong cancel",
        "snni/multiparty/prove/words.py",
        "DealtStream(side.challenge(2).tobytes())",
        "DealtStream(side.challenge(2).tobytes() and bytes(16))",
        ONCE,
    ),
    proved(
        "weights-of-sums-constant",
        "the weights of sums: two that are wrong cancel",
        SUMS,
        "DealtStream(side.challenge(2).tobytes())",
        "DealtStream(side.challenge(2).tobytes() and bytes(16))",
        ONCE,
    ),
    proved(
        "proofs-of-every-run-masked-alike",
        "a proof's masks of a run's own: what is opened of two proofs tells what was proved",
        "snni/multiparty/keys.py",
        "self._derived(frame, purpose)",
        "self._derived(0, purpose)",
        ONCE,
    ),
    proved(
        "all-provers-masked-alike",
        "the separation of two servers' proofs: each masks by what the other masked by",
        ENDS,
        "name = prover.value.encode()",
        'name = b""',
        ONCE,
    ),
    proved(
        "psis-parts-are-what-hides",
        "the parts of psi: the dealer solves for what hides an opening from it",
        CORRECTIONS,
        """ends.keys[other].proof(number, b"psi's parts")""",
        "ends.keys[other].hiding(number)",
        ONCE,
    ),
    proved(
        "psis-part-zero",
        "the first evaluator's part of psi: the dealer reads what hides an opening from it",
        HIDDEN,
        "first = drawn(apart, count)",
        "first = drawn(apart, count) * np.uint64(0)",
        f"{TOLD}[sum]",
    ),
    proved(
        "psi-of-the-ring-alone",
        "what hides how often a sum went around: the dealer adds both parts and reads it",
        HIDDEN,
        "psi - first + (drawn(apart, count) << np.uint64(bits))",
        "psi - first",
        f"{TOLD}[sum]",
    ),
    proved(
        "evaluators-key-constant",
        "the evaluators' own key: the dealer draws the challenges of its own proofs",
        "snni/multiparty/session/evaluating.py",
        "common = os.urandom(KEY_BYTES)",
        "common = bytes(KEY_BYTES)",
        "tests/snni/multiparty/session/test_draws.py"
        "::test_what_each_server_draws_from_the_system[three active servers]",
    ),
    proved(
        "proved-outputs-in-the-clear",
        "the mask of every convolution, ReLU and rescale: evaluators read each",
        "snni/multiparty/prove/walk.py",
        "masks[step.y] = mask",
        "mask = masks[step.y] = {role: 0 * half for role, half in mask.items()}",
        f"{TESTS}/test_draws.py::test_nothing_opened_is_the_same_twice",
    ),
    proved(
        "proved-batch-twice",
        "that a batch is prepared once: two proofs under one run's masks",
        "snni/multiparty/prove/batch.py",
        "half, self._image_half = self._image_half, None",
        "half = self._image_half",
        f"{TESTS}/test_draws.py::test_a_batch_is_prepared_once",
    ),
)

THREE_ACTIVE_SERVERS = (*UNPROVED, *UNCOMPARED, *KNOWN)
