"""Whatever bytes a peer sends of transfers: a typed error, or other values of the right length.

Seeded, so that a failure names its case. Under the sanitizers the same cases look for reads and writes out of place:
messages are handed over in memory of exactly their length.
"""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pytest

from snni.errors import WireError
from snni.twoparty import _ot
from tests.support.spoil import cases, exactly, spoil, spoil_body

EXTRA = pytest.param(1_000, marks=pytest.mark.heavy)

REQUESTS = {
    "leaf": (lambda n: (1 + n % 5,), lambda n: [np.empty(n, np.uint32)], lambda n: [np.empty(n, np.uint8)] * 2),
    "wide": (
        lambda n: (7,),
        lambda n: [np.empty((n, 4), np.uint32)],
        lambda n: [np.empty(n, np.uint8)] * 2,
    ),
    "bits2": (lambda n: (), lambda n: [np.empty(n, np.uint8)] * 2, lambda n: [np.empty(n, np.uint8)] * 2),
    "pads": (
        lambda n: (1 + n % 32,),
        lambda n: [np.empty(n, np.uint32)] * 2,
        lambda n: [np.empty(n, np.uint8), np.empty(n, np.uint32)],
    ),
    "crossed": (
        lambda n: (),
        lambda n: [np.empty((n, 10), np.uint32)],
        lambda n: [np.empty(n, np.uint8), np.empty((n, 4), np.uint32)],
    ),
    "cot": (
        lambda n: (),
        lambda n: [np.empty((n, 16), np.uint8)],
        lambda n: [np.empty(n, np.uint8), np.empty((n, 16), np.uint8)],
    ),
}


def softspoken(k=3):
    return _ot.Sender(k, 0, exactly(bytes(16))), _ot.Receiver(k, 0, exactly(bytes(range(16))))


def ferret():
    return _ot.FerretSender(16, 4, 0, exactly(bytes(16))), _ot.FerretReceiver(16, 4, 0, exactly(bytes(range(16))))


@lru_cache
def set_up(make):
    """(offer, reply, trees) of a genuine set-up."""
    sender, receiver = make()
    offer = receiver.offer()
    reply = sender.reply(offer)
    return tuple(message.tobytes() for message in (offer, reply, receiver.trees(reply)))


@pytest.mark.parametrize("count", [40, EXTRA])
@pytest.mark.parametrize("make", [softspoken, ferret], ids=lambda f: f.__name__)
@pytest.mark.parametrize("at", [0, 1, 2], ids=["offer", "reply", "trees"])
def test_set_up_of_transfers(make, at, count):
    """Sound points of another party are another key, and no error; anything else is one."""
    genuine = set_up(make)
    for rng in cases(f"{make.__name__} {at}", count):
        message = spoil_body(rng, genuine[at], 4) if rng.random() < 0.4 else spoil(rng, genuine[at], genuine)
        sender, receiver = make()
        try:
            if at == 0:
                sender.reply(exactly(message))
            elif at == 1:
                receiver.offer()
                receiver.trees(exactly(message))
            else:
                sender.reply(exactly(genuine[0]))
                sender.accept_trees(exactly(message))
        except WireError:
            continue
        assert len(message) == len(genuine[at]) and message[:4] == genuine[at][:4]


@dataclass
class Extension:
    """Two ends and what they do for one request: the message is written by one and read by the other."""

    make: object
    ends: tuple = field(default=())

    def renew(self):
        sender, receiver = self.make()
        sender.accept_trees(receiver.trees(sender.reply(receiver.offer())))
        self.ends = (sender, receiver)
        return self

    def request(self, kind, n, change):
        """(the genuine, the changed message). Raises whatever the reading end raises."""
        bits, sent, received = REQUESTS[kind]
        sender, receiver = self.ends
        if self.make is softspoken:
            message = getattr(receiver, kind)(*bits(n), *received(n)).tobytes()
            changed = change(message)
            getattr(sender, kind)(exactly(changed), *bits(n), *sent(n))
        else:
            message = getattr(sender, kind)(*bits(n), *sent(n)).tobytes()
            changed = change(message)
            getattr(receiver, kind)(exactly(changed), *bits(n), *received(n))
        return message, changed


@pytest.mark.parametrize("count", [60, pytest.param(2_000, marks=pytest.mark.heavy)])
@pytest.mark.parametrize("make", [softspoken, ferret], ids=lambda f: f.__name__)
def test_requests_of_transfers(make, count):
    """A body of the right length is other values; anything else is an error that leaves the ends of no more use."""
    extension = Extension(make).renew()
    for rng in cases(make.__name__, count):
        kind, n = rng.choice(list(REQUESTS)), rng.choice([1, 2, 5, 127, 128, 129, 700])

        keep = rng.random() < 0.7

        def change(message, rng=rng, keep=keep):
            return spoil_body(rng, message, 16) if keep and len(message) > 16 else spoil(rng, message, set_up(make))

        try:
            message, changed = extension.request(kind, n, change)
        except WireError:
            extension.renew()
            continue
        assert len(changed) == len(message) and changed[:16] == message[:16]
