"""Mutants of the engine among three servers: one random value is taken away, and levels stay right."""

from tests.snni.mutants.mutant import Mutant

SERVERS = "tests/snni/multiparty"
GATE = f"{SERVERS}/test_secrecy.py::test_a_gates_view_is_uniform_whatever_the_value"
APART = f"{SERVERS}/test_secrecy.py::test_streams_of_frames_purposes_and_keys_are_apart"
OWN_KEYS = f"{SERVERS}/test_secrecy.py::test_a_dealers_keys_are_three_and_fresh"
WHOLE = f"{SERVERS}/test_batch.py::test_what_evaluators_hold_of_one_picture_is_uniform_and_anew_each_time"
LABEL = f"{SERVERS}/test_secrecy.py::test_what_is_opened_of_a_label_is_uniform"
DRAWN_WHERE = f"{SERVERS}/session/test_draws.py::test_what_each_server_draws_from_the_system"
KEYS = "snni/multiparty/keys.py"
LABEL_FILE = "snni/multiparty/label.py"
PACK = '__import__("snni.wire.packing", fromlist=["pack"]).pack'
BYTES = '__import__("numpy").frombuffer'
OFF = (("off_sum", "-"), ("off_bits", "^"))


def without(number: int) -> str:
    """Of a DealtStream: the same, but zeros for its draw of that number, counted from 0."""
    draw = f"lambda one, *sizes: DealtStream.draw(one, *sizes) * (one._stream != {number + 1})"
    parts = {"draw": draw} | {
        name: f"lambda one, x, bits: {BYTES}({PACK}(x {sign} one.draw(x.size, bits), bits), 'u1')" for name, sign in OFF
    }
    return f'type("Without", (DealtStream,), {{{", ".join(f"{name!r}: {part}" for name, part in parts.items())}}})'


DEALT = (
    "the first evaluator's share of a gate's lower table: the second reads the table, so a digit of the mask",
    "the first's share of the upper table",
    "the first's share of lambda: the second reads every comparison",
    "the first's share of the first product",
    "the first's share of the second product",
    "the first's share of the first wrap: the second reads the mask's sign",
    "the first's share of the second wrap",
)
"""What a gate is dealt, in its order."""
OWN = (
    "the flip of a table's carry: evaluators read every carry",
    "lambda, the flip of a gate's bit: evaluators read every comparison",
)

THREE_SERVERS = (
    *(
        Mutant(
            f"dealt-{number}-in-the-clear",
            what,
            KEYS,
            'return DealtStream(self._derived(frame, b"dealt"))',
            f'return {without(number)}(self._derived(frame, b"dealt"))',
            GATE,
        )
        for number, what in enumerate(DEALT)
    ),
    *(
        Mutant(
            f"dealers-own-{number}-zero",
            what,
            KEYS,
            'return OwnStream(DealtStream(self._derived(frame, b"own")))',
            f'return OwnStream({without(number)}(self._derived(frame, b"own")))',
            GATE,
        )
        for number, what in enumerate(OWN)
    ),
    Mutant(
        "one-stream-for-all-that-is-dealt",
        "a stream of its own for each thing dealt: shares of two are equal",
        KEYS,
        "self._stream += 1",
        "self._stream += 0",
        GATE,
    ),
    Mutant(
        "one-stream-for-all-masks",
        "a stream of its own for each value's mask",
        KEYS,
        "return uniform_from(self._seed, stream, shape, bits)",
        "return uniform_from(self._seed, 0, shape, bits)",
        APART,
    ),
    Mutant(
        "one-seed-for-all-runs",
        "a seed of its own for each run: every picture is computed on under the same masks",
        KEYS,
        'hashlib.blake2b(frame.to_bytes(8, "little"), digest_size=16',
        "hashlib.blake2b(bytes(8), digest_size=16",
        APART,
    ),
    Mutant(
        "one-seed-for-all-purposes",
        "the separation of masks from what is dealt: shares are masks",
        KEYS,
        "key=self._key, person=purpose",
        'key=self._key, person=b"masks"',
        APART,
    ),
    Mutant(
        "pair-key-constant",
        "every key of a session that a test makes",
        KEYS,
        "return cls(os.urandom(KEY_BYTES))",
        "return cls(bytes(KEY_BYTES))",
        OWN_KEYS,
    ),
    Mutant(
        "one-key-for-both-evaluators",
        "the second evaluator's ignorance of the first's shares: it reads all that is dealt",
        KEYS,
        "return cls(PairKey.fresh(), PairKey.fresh(), PairKey.fresh())",
        "return (lambda one: cls(one, one, PairKey.fresh()))(PairKey.fresh())",
        OWN_KEYS,
    ),
    Mutant(
        "dealers-own-key-is-the-firsts",
        "the first evaluator's ignorance of lambda and of every convolution's mask",
        KEYS,
        "return cls(PairKey.fresh(), PairKey.fresh(), PairKey.fresh())",
        "return (lambda one: cls(one, PairKey.fresh(), one))(PairKey.fresh())",
        OWN_KEYS,
    ),
    Mutant(
        "session-keys-constant",
        "a session's keys: whoever reads the source draws every mask",
        "snni/multiparty/session/dealing.py",
        "drawn = [os.urandom(KEY_BYTES) for _ in range(3)]",
        "drawn = [bytes(KEY_BYTES) for _ in range(3)]",
        DRAWN_WHERE,
    ),
    Mutant(
        "image-seed-constant",
        "one half of an image's masks: the evaluator of the other half reads the picture",
        "snni/multiparty/model.py",
        "return os.urandom(16), os.urandom(16)",
        "return bytes(16), os.urandom(16)",
        DRAWN_WHERE,
    ),
    Mutant(
        "one-seed-for-both-halves",
        "the independence of an image's two halves: either evaluator has the whole mask",
        "snni/multiparty/model.py",
        "return os.urandom(16), os.urandom(16)",
        "return (os.urandom(16),) * 2",
        DRAWN_WHERE,
        results=False,  # both evaluators' files of the weights would be one, and neither knows whose it is
    ),
    Mutant(
        "convolution-opened-in-the-clear",
        "the mask of a convolution's output",
        "snni/multiparty/batch.py",
        "masks[step.y] = dealer.own.ring((batch.images, *spec.shape), spec.ring_bits)",
        "masks[step.y] = 0 * dealer.own.ring((batch.images, *spec.shape), spec.ring_bits)",
        WHOLE,
    ),
    Mutant(
        "maxima-opened-in-the-clear",
        "the mask of a maximum",
        "snni/multiparty/maxpool.py",
        "drawn = dealer.own.ring(a.shape, window)",
        "drawn = 0 * dealer.own.ring(a.shape, window)",
        f"{SERVERS}/test_secrecy.py::test_a_max_pools_maxima_are_masked_afresh",
    ),
    Mutant(
        "tournament-opened-in-the-clear",
        "the masks of an argmax: evaluators follow it to the level",
        "snni/multiparty/argmax.py",
        "drawn = dealer.own.ring(a.shape, window)",
        "drawn = 0 * dealer.own.ring(a.shape, window)",
        f"{SERVERS}/test_secrecy.py::test_an_argmaxs_rounds_are_masked_afresh",
    ),
    Mutant(
        "tournament-lanes-share-a-mask",
        "the index's own mask: evaluators learn index less value",
        "snni/multiparty/argmax.py",
        "drawn = dealer.own.ring(a.shape, window)",
        "drawn = dealer.own.ring(a[:1].shape, window).repeat(2, axis=0)",
        f"{SERVERS}/test_secrecy.py::test_an_argmax_masks_values_and_indices_apart",
    ),
    Mutant(
        "label-scores-in-the-clear",
        "the mask of a frame's scores above zero",
        LABEL_FILE,
        "positive = self.relu.deal(dealer, c, dealer.own.ring(c.shape, RING_BITS)).T",
        "positive = self.relu.deal(dealer, c, 0 * dealer.own.ring(c.shape, RING_BITS)).T",
        LABEL,
    ),
    Mutant(
        "label-reciprocals-in-the-clear",
        "the mask of a reciprocal: evaluators read each frame's sum of scores",
        LABEL_FILE,
        "inverse = dealer.own.ring((law.frames,), RING_BITS)",
        "inverse = 0 * dealer.own.ring((law.frames,), RING_BITS)",
        LABEL,
    ),
    Mutant(
        "label-numerators-in-the-clear",
        "the mask of the numerators",
        LABEL_FILE,
        "dealer.own.ring(along[1:].shape, RING_BITS))",
        "0 * dealer.own.ring(along[1:].shape, RING_BITS))",
        LABEL,
    ),
    Mutant(
        "label-probabilities-in-the-clear",
        "the mask of each frame's probabilities",
        LABEL_FILE,
        "products = dealer.own.ring((self.product.n,), RING_BITS)",
        "products = 0 * dealer.own.ring((self.product.n,), RING_BITS)",
        LABEL,
    ),
    Mutant(
        "label-sums-in-the-clear",
        "the mask of sums that are brought to a common power",
        "snni/multiparty/normalise.py",
        "drawn = dealer.own.ring((shape.gate.payload,), RING_BITS)",
        "drawn = 0 * dealer.own.ring((shape.gate.payload,), RING_BITS)",
        LABEL,
    ),
)
