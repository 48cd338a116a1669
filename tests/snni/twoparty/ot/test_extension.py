"""The correlation q = t xor b Delta in full, its counters, and its independence from everything else."""

from __future__ import annotations

import numpy as np
import pytest

from snni.twoparty import _ot
from snni.twoparty.ot import Direction
from tests.support.chance import assert_fair


def assert_correlated(pair, q: np.ndarray, choices: np.ndarray, t: np.ndarray) -> None:
    delta = pair.sender._native.reveal_delta()
    assert np.array_equal(t, q ^ (choices[:, None] * delta[None, :]))


def rows_of(array: np.ndarray) -> set[bytes]:
    """Whole blocks of sixteen bytes."""
    flat = array.reshape(-1)
    return {flat[i : i + 16].tobytes() for i in range(0, len(flat) // 16 * 16, 16)}


@pytest.mark.parametrize("k", range(2, 9))
@pytest.mark.parametrize("n", [1, 127, 128, 129, 4095, 4096, 4097, 12288, 12289, 30001])
def test_correlation_is_exact_at_every_edge(make_pair, k: int, n: int) -> None:
    pair = make_pair(k=k, chunk=1 << 14)
    for _ in range(2):
        q, (choices, t) = pair.ask("cot", n)
        assert_correlated(pair, q, choices, t)
        assert len(rows_of(q)) == n


def test_requests_of_all_sizes_in_one_session(make_pair) -> None:
    pair = make_pair(chunk=512)
    seen: set[bytes] = set()
    sizes = [1, 2, 511, 512, 513, 1023, 1024, 1025, 5000, 0, 3]
    for n in sizes:
        q, (choices, t) = pair.ask("cot", n)
        assert_correlated(pair, q, choices, t)
        rows = rows_of(q)
        assert not rows & seen
        seen |= rows
    assert len(seen) == sum(sizes)


def test_choices_and_blocks_are_balanced(make_pair) -> None:
    pair = make_pair(k=4)
    n = 1 << 17
    q, (choices, _) = pair.ask("cot", n)
    assert_fair(choices)
    for column in np.unpackbits(q, axis=1).T:
        assert_fair(column)


def test_counters_only_grow_and_agree(make_pair) -> None:
    pair = make_pair(chunk=512)
    position = 0
    for kind, arguments, transfers in [
        ("cot", (5,), 1),
        ("leaf", (700, 3), 3),
        ("bits2", (513,), 1),
        ("pads", (128, 9), 1),
        ("crossed", (300,), 2),
        ("leaf", (1, 4), 4),
    ]:
        pair.ask(kind, *arguments)
        sender, receiver = pair.sender._native.next, pair.receiver._native.next
        assert sender == receiver and sender % 128 == 0
        assert sender >= position + transfers * arguments[0]
        position = sender


def test_a_failed_request_still_claims_its_transfers() -> None:
    seeds = [np.full(16, i, np.uint8) for i in (1, 2)]
    sender, receiver = _ot.Sender(4, 0, seeds[0]), _ot.Receiver(4, 0, seeds[1])
    sender.accept_trees(receiver.trees(sender.reply(receiver.offer())))
    with pytest.raises(Exception, match="length"):
        sender.bits2(np.zeros(3, np.uint8), np.empty(300, np.uint8), np.empty(300, np.uint8))
    assert sender.next == 384


def test_two_sessions_share_nothing(make_pair) -> None:
    first, second = make_pair(), make_pair()
    assert not np.array_equal(first.sender._native.reveal_delta(), second.sender._native.reveal_delta())
    (q1, (_, t1)), (q2, (_, t2)) = first.ask("cot", 5000), second.ask("cot", 5000)
    assert not (rows_of(q1) | rows_of(t1)) & (rows_of(q2) | rows_of(t2))


def deterministic(k: int, direction: int, salt: int) -> list[bytes]:
    """Every message of a short session whose randomness is fixed."""
    sender = _ot.Sender(k, direction, np.full(16, salt, np.uint8))
    receiver = _ot.Receiver(k, direction, np.full(16, salt + 1, np.uint8))
    offer = receiver.offer()
    reply = sender.reply(offer)
    trees = receiver.trees(reply)
    sender.accept_trees(trees)
    message = receiver.bits2(np.empty(1000, np.uint8), np.empty(1000, np.uint8))
    return [m.tobytes() for m in (offer, reply, trees, message)]


@pytest.mark.parametrize("k", [2, 4, 8])
def test_other_randomness_or_direction_shares_no_block_of_any_message(k: int) -> None:
    runs = [deterministic(k, 0, 1), deterministic(k, 1, 1), deterministic(k, 0, 7)]
    assert runs[0] == deterministic(k, 0, 1)
    for a in range(3):
        for b in range(a):
            for left, right, header in zip(runs[a][1:], runs[b][1:], (4, 4, 16), strict=True):
                one, other = (np.frombuffer(m[header:], np.uint8) for m in (left, right))
                assert not rows_of(one) & rows_of(other)


def test_both_directions_over_one_stream(make_pair) -> None:
    forward = make_pair(direction=Direction.S_SENDS, setup=False)
    backward = make_pair(direction=Direction.C_SENDS, setup=False)
    backward.sender._channel, backward.receiver._channel = forward.channels[1], forward.channels[0]

    def server() -> tuple:
        forward.sender.setup()
        backward.receiver.setup()
        return forward.sender.cot(300), backward.receiver.cot(300)

    def client() -> tuple:
        forward.receiver.setup()
        backward.sender.setup()
        return forward.receiver.cot(300), backward.sender.cot(300)

    (q, (b2, t2)), ((b, t), q2) = forward.both(server, client)
    assert_correlated(forward, q, b, t)
    assert_correlated(backward, q2, b2, t2)
    assert not rows_of(q) & rows_of(q2)
