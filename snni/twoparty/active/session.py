"""A session of two active parties over one connection: the plan, set-up of transfers, one network after the other.

The connection is mutually authenticated TLS; who the peer is was checked by whoever opened it. Nothing is resumed: any
error ends the session, and with it all that it drew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from snni.errors import BundleError, HandshakeError, WireError
from snni.model.plan import MAX_PLAN_BYTES, Plan
from snni.twoparty.active.network import ActiveNetwork, check_plan
from snni.twoparty.active.party import Party, Side
from snni.twoparty.ot import Direction, OtParams, OtReceiver, OtSender
from snni.wire.channel import Channel

VERSION = 1
HELLO, PLAN, AGREED = 0x56, 0x57, 0x58
MOST_IMAGES = 1 << 16
TRANSFERS = OtParams(extension="ferret", lpn=16)
"""AGREED."""


def ask(channel: Channel, plan_hash: str, images: Sequence[NDArray[np.uint8]]) -> tuple[Plan, list[int]]:
    """The plan and the level of each image, uint8 [C, H, W], at the client.

    Raises HandshakeError: another plan than the pinned one. ParameterError: a plan or image that is not computed.
    ConsistencyError, DeviationError: the server does not follow the protocol. WireError, PeerError.
    """
    channel.send(HELLO, bytes([VERSION]) + len(images).to_bytes(4, "little"))
    try:
        plan = Plan.from_json(bytes(channel.recv(PLAN, MAX_PLAN_BYTES)))
    except BundleError as error:
        raise HandshakeError("plan", "the server's plan is not a valid one") from error
    if plan.plan_hash != plan_hash:
        raise HandshakeError("plan", f"the server's plan is {plan.plan_hash[:16]}, pinned is {plan_hash[:16]}")
    check_plan(plan)
    channel.send(AGREED, b"")
    receiver = OtReceiver(channel, Direction.S_SENDS, TRANSFERS)
    receiver.setup()
    sender = OtSender(channel, Direction.C_SENDS, TRANSFERS)
    sender.setup()
    party = Party(Side.CLIENT, channel, sender, receiver)
    levels = [ActiveNetwork(plan, party).level(image, {}) for image in images]
    return plan, [level for level in levels if level is not None]


def serve(channel: Channel, plan: Plan, weights: Mapping[str, NDArray[np.generic]]) -> int:
    """Serve one client's images; how many they were. Raises as ``ask``."""
    hello = bytes(channel.recv(HELLO, 5))
    count = int.from_bytes(hello[1:], "little")
    if len(hello) != 5 or hello[0] != VERSION or not 1 <= count <= MOST_IMAGES:
        raise WireError(f"a hello of another version than {VERSION}, or of {count} images")
    check_plan(plan)
    channel.send(PLAN, plan.to_json())
    channel.recv(AGREED, 0)
    sender = OtSender(channel, Direction.S_SENDS, TRANSFERS)
    sender.setup()
    receiver = OtReceiver(channel, Direction.C_SENDS, TRANSFERS)
    receiver.setup()
    party = Party(Side.SERVER, channel, sender, receiver)
    for _ in range(count):
        ActiveNetwork(plan, party).level(None, weights)
    return count
