"""Ferret's messages: cut, grown, changed or of another session, all end in a typed error; their bytes are pinned."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snni.errors import ConsistencyError, CorrelationError, PeerError, WireError
from snni.twoparty import _ot
from snni.twoparty.ot.wire import Tag
from tests.snni.twoparty.ot.ferret_seeds import GOLDEN, K, digests, native

EXTEND_BYTES = 16 + 9 * 16
BASE_AT = 4 + 96 * 2 * 16 + 32 * 64
PROOF_BYTES = _ot.proof_bytes(K)
HEADERS = {
    Tag.OFFER: range(4),
    Tag.REPLY: range(4),
    Tag.TREES: [*range(4), *range(BASE_AT, BASE_AT + 16), *range(-PROOF_BYTES, 16 - PROOF_BYTES)],
    Tag.EXTEND: range(16),
    Tag.SEAL: range(16),
    Tag.CHALLENGE: range(0),
    Tag.ANSWER: range(0),
}
Change = Callable[[bytearray], bytes | bytearray]


def deliver(tag: Tag, change: Change) -> None:
    """Runs a session up to `tag`, whose message is changed on the way."""
    sender, receiver = native()

    def on_the_way(at: Tag, message: np.ndarray) -> np.ndarray:
        data = bytearray(message.tobytes())
        return np.frombuffer(bytes(change(data) if at == tag else data), np.uint8)

    reply = sender.reply(on_the_way(Tag.OFFER, receiver.offer()))
    trees = receiver.trees(on_the_way(Tag.REPLY, reply))
    sender.accept_trees(on_the_way(Tag.TREES, trees))
    message = sender.pads(32, np.empty(200, np.uint32), np.empty(200, np.uint32))
    assert len(message) == EXTEND_BYTES
    receiver.pads(on_the_way(Tag.EXTEND, message), 32, np.empty(200, np.uint8), np.empty(200, np.uint32))
    receiver.seal(on_the_way(Tag.SEAL, sender.seal()))
    answer = sender.answer(on_the_way(Tag.CHALLENGE, receiver.challenge()))
    receiver.verify(on_the_way(Tag.ANSWER, answer))


@pytest.mark.parametrize("tag", list(HEADERS))
def test_an_unchanged_session_passes(tag: Tag) -> None:
    deliver(tag, lambda data: data)


@pytest.mark.parametrize("tag", list(HEADERS))
@pytest.mark.parametrize(
    "change", [lambda d: d[:-1], lambda d: d + b"\0", lambda d: b"", lambda d: d[:3], lambda d: d + d]
)
def test_wrong_lengths(tag: Tag, change: Change) -> None:
    with pytest.raises(WireError):
        deliver(tag, change)


@pytest.mark.parametrize("tag", list(HEADERS))
def test_every_header_byte_is_checked(tag: Tag) -> None:
    def flipped(at: int) -> Change:
        def change(data: bytearray) -> bytearray:
            data[at] ^= 0x41
            return data

        return change

    for at in HEADERS[tag]:
        with pytest.raises(WireError):
            deliver(tag, flipped(at))


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=2 * EXTEND_BYTES))
def test_invented_bytes_are_no_message(data: bytes) -> None:
    with pytest.raises(WireError):
        deliver(Tag.EXTEND, lambda _: data)


def test_garbled_trees_of_the_right_length_are_other_values_until_the_check() -> None:
    """Nothing is read or written out of place, and the check says that they are not the sender's."""
    with pytest.raises(ConsistencyError):
        deliver(Tag.EXTEND, lambda data: data[:16] + bytes(255 - b for b in data[16:]))


def test_parameters_must_agree() -> None:
    sender, _ = native()
    for lpn, k, direction in ((17, 4, 0), (16, 5, 0), (16, 4, 1)):
        _, other = native(lpn, k, direction)
        with pytest.raises(WireError):
            sender.reply(other.offer())
    softspoken = _ot.Receiver(K, 0, np.full(16, 2, np.uint8))
    with pytest.raises(WireError):
        sender.reply(softspoken.offer())
    with pytest.raises(WireError):
        _ot.Sender(K, 0, np.full(16, 1, np.uint8)).reply(native()[1].offer())


def test_a_wire_error_ends_the_direction(make_pair) -> None:
    pair = make_pair(extension="ferret")
    pair.channels[0].send(Tag.EXTEND, b"x" * 40)
    with pytest.raises(WireError):
        pair.receiver.bits2(100)
    with pytest.raises(CorrelationError, match="earlier error"):
        pair.receiver.bits2(100)


def test_a_frame_larger_than_the_request_is_refused_before_it_is_read(make_pair) -> None:
    pair = make_pair(extension="ferret")
    pair.sender.bits2(3000)
    with pytest.raises(WireError, match="at most"):
        pair.receiver.bits2(100)


@pytest.mark.parametrize(("serve", "ask"), [("crossed", "bits2"), ("bits2", "pads"), ("pads", "cot")])
def test_another_request_is_refused(make_pair, serve: str, ask: str) -> None:
    pair = make_pair(extension="ferret")
    getattr(pair.sender, serve)(50 if serve == "crossed" else 100)
    with pytest.raises(WireError):
        getattr(pair.receiver, ask)(100)


def test_a_peer_that_leaves(make_pair) -> None:
    pair = make_pair(extension="ferret")
    pair.channels[0].close()
    with pytest.raises(PeerError):
        pair.receiver.leaf(10, 4)


@pytest.mark.parametrize("lpn", [16, 17, 18, 19])
def test_wire_bytes_do_not_change_unnoticed(lpn: int) -> None:
    """Fixed randomness gives these digests on every CPU; a new one needs a new wire version."""
    assert digests(lpn) == GOLDEN[lpn]
