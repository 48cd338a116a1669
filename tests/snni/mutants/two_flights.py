"""Mutants that take a mask of the gate in two flights away."""

from tests.snni.mutants.mutant import Mutant

SECRECY = "tests/snni/secrecy"
TWO_FLIGHTS = f"{SECRECY}/test_two_flights.py"

TWO_FLIGHTS_MASKS = (
    Mutant(
        "two-flights-bit-opened-by-the-client",
        "the mask of the client's bit: the server reads every comparison, having its own share",
        "snni/twoparty/nonlinear/two_flights.py",
        "self._lambda, self._pad = Kept(bit, 1), Kept(pad, shape.window)",
        "self._lambda, self._pad = Kept(0 * bit, 1), Kept(pad, shape.window)",
        f"{TWO_FLIGHTS}::test_the_clients_bit_is_opened_under_a_mask",
        results=False,
    ),
    Mutant(
        "two-flights-choice-in-the-clear",
        "the masks of what the server chooses a word by: the client reads every comparison",
        "snni/twoparty/nonlinear/two_flights.py",
        "opened += pack(bit ^ tau.bytes(), 1)",
        "opened += pack(bit ^ 0 * tau.bytes(), 1)",
        f"{TWO_FLIGHTS}::test_the_servers_bit_is_chosen_by_under_a_mask_for_either_opening",
        results=False,
    ),
    Mutant(
        "two-flights-one-mask-for-both-choices",
        "a mask of its own for either choice: the client learns whether high digits are equal",
        "snni/twoparty/nonlinear/two_flights.py",
        "for bit, (tau, _) in zip(bits, self._words, strict=True):",
        "for bit, (tau, _) in zip(bits, (self._words[0],) * 2, strict=True):",
        f"{TWO_FLIGHTS}::test_the_servers_bit_is_chosen_by_under_a_mask_for_either_opening",
        results=False,
    ),
    Mutant(
        "two-flights-top-bit-in-the-clear",
        "the mask of the top bit of the server's mask",
        "snni/twoparty/nonlinear/two_flights.py",
        "eps, phi = (top ^ self._mu[0].bytes(), theta ^ self._kappa[0].bytes()) if shape.extend else (_BITS, _BITS)",
        "eps, phi = (top, theta ^ self._kappa[0].bytes()) if shape.extend else (_BITS, _BITS)",
        f"{TWO_FLIGHTS}::test_what_wraps_is_opened_under_masks",
        results=False,
    ),
    Mutant(
        "two-flights-wrap-in-the-clear",
        "the mask of what the server's mask wraps by",
        "snni/twoparty/nonlinear/two_flights.py",
        "eps, phi = (top ^ self._mu[0].bytes(), theta ^ self._kappa[0].bytes()) if shape.extend else (_BITS, _BITS)",
        "eps, phi = (top ^ self._mu[0].bytes(), theta) if shape.extend else (_BITS, _BITS)",
        f"{TWO_FLIGHTS}::test_what_wraps_is_opened_under_masks",
        results=False,
    ),
    Mutant(
        "two-flights-share-in-the-clear",
        "the mask of the server's share: the client has both, so every value",
        "snni/twoparty/nonlinear/two_flights.py",
        "_nonlinear.masked_share(moved, p0, p1, shape.window, sigma, theta, top)",
        "_nonlinear.masked_share(moved, p0, p0, shape.window, sigma, theta, top)",
        f"{TWO_FLIGHTS}::test_the_servers_share_is_opened_under_a_mask",
        results=False,
    ),
    Mutant(
        "two-flights-wraps-bit-told",
        "the client's mask of the wrap's bit: the server reads which values are below zero, and more",
        "snni/twoparty/nonlinear/two_flights.py",
        "lambda2 = uniform_bits(shape.n)",
        "lambda2 = np.zeros(shape.n, np.uint8)",
        f"{TWO_FLIGHTS}::test_the_wraps_bit_is_told_under_a_mask",
    ),
    Mutant(
        "two-flights-both-words",
        "the pad of the word that the server did not choose: two words differ by the value",
        "snni/twoparty/nonlinear/two_flights.py",
        "zero0, one0, zero1, one1 = (kept.words() for kept in self._words)",
        "zero0, one0, zero1, one1 = (self._words[at].words() for at in (0, 0, 2, 2))",
        f"{TWO_FLIGHTS}::test_the_other_word_is_under_a_pad_that_the_server_lacks",
        results=False,
    ),
)
