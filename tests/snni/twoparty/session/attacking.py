"""What tests do to a real server as a client that it knows by its certificate."""

import numpy as np

from snni.twoparty.session import handshake as hs
from tests.support.networks import residual
from tests.support.waiting import until


def picture():
    return np.random.default_rng(1).integers(0, 256, residual().plan.input_shape, np.uint8)


def filled(session, count=1):
    while session.ready < count:
        session.advance(1)
    return session


def claim(served, session):
    """Claim the first number on the wire as a client does, and fall silent once the server has it."""
    live = session._channels["live"]
    hs.send(live, hs.CLAIM, hs.Claim(number=0))
    until(lambda: ("claimed", session.epoch, 0) in served.events)
    return live
