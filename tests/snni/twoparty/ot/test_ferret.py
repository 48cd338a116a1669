"""Ferret over whole iterations: q = t xor b Delta in full, its borders, and the stream against a plain model of it."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from snni.twoparty import _ot
from snni.twoparty.ot import Direction
from tests.support.chance import assert_fair, assert_rate
from tests.support.ideal_ots import crossed_of
from tests.support.plain_transfers import ferret_pair

PIECE = 1 << 18
heavy = pytest.mark.heavy


def assert_correlated(pair, q: np.ndarray, choices: np.ndarray, t: np.ndarray) -> None:
    delta = pair.sender._native.reveal_delta()
    assert np.array_equal(t, q ^ (choices[:, None] * delta[None, :]))


def wholes(rows: np.ndarray) -> np.ndarray:
    """Every block as one value: of 2^23 of them, 127 bits free in each, two are equal with a chance below 2^-81."""
    return rows.view("V16").reshape(-1)


@pytest.mark.parametrize("lpn", [16, 17, pytest.param(18, marks=heavy), pytest.param(19, marks=heavy)])
def test_correlation_is_exact_over_an_iteration_and_into_the_next(make_pair, lpn: int) -> None:
    pair = make_pair(extension="ferret", lpn=lpn)
    usable, ones, seen = _ot.lpn_set(lpn)["usable"], 0, []
    for start in range(0, usable + PIECE, PIECE):
        q, (choices, t) = pair.ask("cot", PIECE)
        assert pair.sender.claimed == pair.receiver.claimed == start + PIECE
        assert_correlated(pair, q, choices, t)
        assert not (q[:, 0] & 1).any() and np.array_equal(t[:, 0] & 1, choices)
        ones += int(choices.sum())
        seen.append(wholes(q).copy())
    everything = np.concatenate(seen)
    assert len(np.unique(everything)) == len(everything)
    assert_rate(ones, len(everything), 0.5)


@pytest.mark.parametrize("off", [-129, -128, -1, 0, 1, 128])
@pytest.mark.parametrize("kind", ["cot", "leaf", "crossed"])
def test_requests_across_the_border_of_iterations(make_pair, off: int, kind: str) -> None:
    pair = make_pair(extension="ferret", lpn=16, chunk=1 << 20)
    usable = _ot.lpn_set(16)["usable"]
    pair.ask("bits2", usable + off)
    if kind == "cot":
        q, (choices, t) = pair.ask("cot", 5000)
        assert_correlated(pair, q, choices, t)
    elif kind == "leaf":
        pads, (rho, pad) = pair.ask("leaf", 5000, 3)
        assert np.array_equal(pads >> rho & 1, pad)
    else:
        pads, (rho, pad) = pair.ask("crossed", 5000)
        assert np.array_equal(crossed_of(pads, rho), pad)


@pytest.mark.parametrize("n", [1, 127, 128, 129, 767, 768, 1023, 1024, 1025, 3071, 3072, 3073, 30001])
def test_any_size_one_after_the_other(make_pair, n: int) -> None:
    pair = make_pair(extension="ferret", chunk=512 if n < 4000 else 1 << 14)
    for _ in range(3):
        q, (choices, t) = pair.ask("cot", n)
        assert_correlated(pair, q, choices, t)
        assert len(np.unique(wholes(q))) == n


def test_blocks_are_balanced(make_pair) -> None:
    """Every bit but bit 0."""
    n = 1 << 17
    q, _ = make_pair(extension="ferret").ask("cot", n)
    lowest, *others = np.unpackbits(q, axis=1, bitorder="little").T
    assert not lowest.any()
    for column in others:
        assert_fair(column)


def test_sessions_and_directions_share_nothing(make_pair) -> None:
    """Two sessions of one direction, and one of the other."""
    directions = (Direction.S_SENDS, Direction.S_SENDS, Direction.C_SENDS)
    pairs = [make_pair(extension="ferret", direction=direction) for direction in directions]
    asked = [pair.ask("cot", 50_000) for pair in pairs]
    deltas = {pair.sender._native.reveal_delta().tobytes() for pair in pairs}
    assert len(deltas) == len(pairs)
    for (q1, (b1, t1)), (q2, (b2, t2)) in combinations(asked, 2):
        for one, two in ((q1, q2), (t1, t2)):
            assert len(np.unique(wholes(np.concatenate([one, two])))) == len(one) + len(two)
        assert_fair(b1 ^ b2)


@pytest.mark.parametrize("lpn", [16, pytest.param(17, marks=heavy)])
def test_the_senders_stream_is_that_of_a_plain_model(lpn: int) -> None:
    """Two iterations, tree by tree: which base transfers a tree uses, which rows, which trees feed the next base."""
    plain, sender, _ = ferret_pair(5, lpn)
    base, one, leaves = plain.base, plain.set, plain.leaves
    q = np.empty((leaves, 16), np.uint8)
    sent = b""
    for iteration in range(2):
        for tree in range(one["usable"] // leaves):
            if iteration == 1 and tree == 3:
                return
            message = sender.cot(q)[16:].tobytes()
            expected, corrections, _ = plain.outputs(tree, base, iteration)
            assert np.array_equal(q, expected)
            assert message == sent + corrections.tobytes()
            sent = b""
        made = [plain.outputs(tree, base, iteration) for tree in range(one["usable"] // leaves, one["t"])]
        sent = b"".join(corrections.tobytes() for _, corrections, _ in made)
        base = np.concatenate([rows for rows, _, _ in made])[: one["base"]]


def test_a_failed_request_claims_its_transfers_and_ends_the_stream() -> None:
    receiver, sender = (end(16, 4, 0, np.full(16, 9, np.uint8)) for end in (_ot.FerretReceiver, _ot.FerretSender))
    sender.accept_trees(receiver.trees(sender.reply(receiver.offer())))
    m, choice = np.empty(300, np.uint8), np.empty(300, np.uint8)
    message = sender.bits2(m, m.copy())
    with pytest.raises(Exception, match="length"):
        receiver.bits2(message[:-1], choice, m)
    assert receiver.next == sender.next == 384
    with pytest.raises(RuntimeError, match="after an error"):
        receiver.bits2(message, choice, m)
    assert receiver.next == 384


def test_order_of_setup() -> None:
    for end in (_ot.FerretSender, _ot.FerretReceiver):
        one = end(16, 4, 0, np.full(16, 9, np.uint8))
        with pytest.raises(RuntimeError, match="before setup"):
            one.bits2(*[np.zeros(16 + 144, np.uint8)] * (2 if end is _ot.FerretSender else 3))
    receiver, sender = (end(16, 4, 0, np.full(16, 9, np.uint8)) for end in (_ot.FerretReceiver, _ot.FerretSender))
    trees = receiver.trees(sender.reply(receiver.offer()))
    sender.accept_trees(trees)
    for again in (
        receiver.offer,
        lambda: receiver.trees(trees),
        lambda: sender.reply(trees),
        lambda: sender.accept_trees(trees),
    ):
        with pytest.raises(RuntimeError, match="out of order"):
            again()
