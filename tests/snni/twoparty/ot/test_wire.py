"""A hostile or broken peer: every message cut, grown, changed or invented ends in a typed error."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snni.errors import CorrelationError, PeerError, WireError
from snni.twoparty import _ot
from snni.twoparty.ot.wire import Tag
from tests.snni.twoparty.ot.softspoken_seeds import GOLDEN, K, digests, native
from tests.support.plain_transfers import WIRE_VERSION

HEADERS = {Tag.OFFER: 4, Tag.REPLY: 4, Tag.TREES: 4, Tag.EXTEND: 16, Tag.SEAL: 16}


def deliver(tag: Tag, change: Callable[[bytearray], bytes | bytearray]) -> None:
    """Runs a session up to `tag`, whose message is changed on the way."""
    sender, receiver = native()

    def on_the_way(at: Tag, message: np.ndarray) -> np.ndarray:
        data = bytearray(message.tobytes())
        return np.frombuffer(bytes(change(data) if at == tag else data), np.uint8)

    reply = sender.reply(on_the_way(Tag.OFFER, receiver.offer()))
    trees = receiver.trees(on_the_way(Tag.REPLY, reply))
    sender.accept_trees(on_the_way(Tag.TREES, trees))
    message = receiver.pads(32, np.empty(200, np.uint8), np.empty(200, np.uint32))
    sender.pads(on_the_way(Tag.EXTEND, message), 32, np.empty(200, np.uint32), np.empty(200, np.uint32))
    sender.verify(on_the_way(Tag.SEAL, receiver.prove()))


def flipped(at: int) -> Callable[[bytearray], bytearray]:
    def change(data: bytearray) -> bytearray:
        data[at] ^= 0x41
        return data

    return change


@pytest.mark.parametrize("tag", HEADERS)
def test_an_unchanged_session_passes(tag: Tag) -> None:
    deliver(tag, lambda data: data)


@pytest.mark.parametrize("tag", HEADERS)
@pytest.mark.parametrize(
    "change", [lambda d: d[:-1], lambda d: d + b"\0", lambda d: b"", lambda d: d[:3], lambda d: d + d]
)
def test_wrong_lengths(tag: Tag, change: Callable[[bytearray], bytes]) -> None:
    with pytest.raises(WireError):
        deliver(tag, change)


@pytest.mark.parametrize("tag", HEADERS)
def test_every_header_byte_is_checked(tag: Tag) -> None:
    for at in range(HEADERS[tag]):
        with pytest.raises(WireError):
            deliver(tag, flipped(at))


INVALID_POINTS = {
    "identity": bytes(32),
    "not canonical": b"\xed" + b"\xff" * 30 + b"\x7f",
    "negative": b"\x01" + bytes(31),
    "not on the curve": b"\x02" + bytes(31),
    "high bit": b"\xff" * 32,
}


@pytest.mark.parametrize("point", INVALID_POINTS.values(), ids=INVALID_POINTS.keys())
def test_invalid_points(point: bytes) -> None:
    with pytest.raises(WireError):
        deliver(Tag.OFFER, lambda data: data[:4] + point)
    for at in (0, 77, 127):
        with pytest.raises(WireError):
            deliver(Tag.REPLY, lambda data, at=at: data[: 4 + 32 * at] + point + data[36 + 32 * at :])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_invented_bytes_are_no_offer(data: bytes) -> None:
    sender, _ = native()
    if not data.startswith(bytes([WIRE_VERSION, K, 0, 0])):
        with pytest.raises(WireError):
            sender.reply(np.frombuffer(data, np.uint8))


def test_parameters_must_agree(make_pair) -> None:
    sender, _ = native(4)
    for k, direction in ((5, 0), (4, 1)):
        other = _ot.Receiver(k, direction, np.full(16, 2, np.uint8))
        with pytest.raises(WireError):
            sender.reply(other.offer())


def test_a_wire_error_ends_the_direction(make_pair) -> None:
    pair = make_pair()
    pair.channels[1].send(Tag.EXTEND, b"x" * 40)
    with pytest.raises(WireError):
        pair.sender.bits2(100)
    with pytest.raises(CorrelationError, match="earlier error"):
        pair.sender.bits2(100)


def test_a_frame_larger_than_the_request_is_refused_before_it_is_read(make_pair) -> None:
    pair = make_pair()
    pair.receiver.bits2(1000)
    with pytest.raises(WireError, match="at most"):
        pair.sender.bits2(100)


def test_a_smaller_or_other_request_is_refused(make_pair) -> None:
    for ask, serve in [("crossed", "bits2"), ("bits2", "pads")]:
        pair = make_pair()
        getattr(pair.receiver, ask)(100 if ask == "bits2" else 50)
        with pytest.raises(WireError):
            getattr(pair.sender, serve)(100)


def test_a_peer_that_leaves(make_pair) -> None:
    pair = make_pair()
    pair.channels[1].close()
    with pytest.raises(PeerError):
        pair.sender.leaf(10, 4)


@pytest.mark.parametrize("k", [2, 3, 4, 8])
def test_wire_bytes_do_not_change_unnoticed(k: int) -> None:
    """Fixed randomness gives these digests on every CPU; a new one needs a new wire version."""
    assert digests(k) == GOLDEN[k]
