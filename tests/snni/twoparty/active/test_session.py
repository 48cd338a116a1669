"""Sessions of two active parties: another plan, another version, too many images; each is refused before any secret."""

from __future__ import annotations

import numpy as np
import pytest

from snni.errors import HandshakeError, PeerError, WireError
from snni.model.reference import Reference
from snni.twoparty.active.session import HELLO, ask, ask_label, serve
from tests.support.ideal_ots import both
from tests.support.tiny import tiny


def picture() -> np.ndarray:
    return np.random.default_rng(7).integers(0, 256, tiny().plan.input_shape, np.uint8)


@pytest.mark.heavy
def test_images_of_one_session_have_their_levels() -> None:
    plan, images = tiny().plan, [picture(), 255 - picture()]
    levels, count, _ = both(
        lambda channel: ask(channel, plan.plan_hash, images), lambda channel: serve(channel, plan, tiny().weights)
    )
    assert count == 2
    assert levels == [Reference(plan, tiny().weights).run(image).level for image in images]


def test_another_plan_than_the_pinned_one_is_refused() -> None:
    with pytest.raises(HandshakeError, match="pinned is"):
        both(
            lambda channel: ask(channel, "0" * 64, [picture()]),
            lambda channel: serve(channel, tiny().plan, tiny().weights),
        )


@pytest.mark.parametrize("hello", [b"", b"\2\0\1\0\0\0", b"\1\0\0\0\0\0", b"\1\0\0\0\0\1", b"\1\2\1\0\0\0"])
def test_a_hello_of_something_else_is_refused(hello: bytes) -> None:
    def client(channel):
        channel.send(HELLO, hello)
        with pytest.raises((PeerError, WireError)):
            channel.recv(0x57)

    with pytest.raises(WireError, match="hello"):
        both(client, lambda channel: serve(channel, tiny().plan, tiny().weights))


def test_a_video_without_a_selection_for_it_is_refused() -> None:

    def client(channel):
        with pytest.raises((PeerError, WireError)):
            ask_label(channel, "0" * 64, picture()[None])

    for selection in (None, np.eye(3, dtype=np.int8)):
        with pytest.raises(PeerError, match="no selection of 1 frames"):
            both(
                client,
                lambda channel, rows=selection: serve(channel, tiny().plan, tiny().weights, rows),
            )
