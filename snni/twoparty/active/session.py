"""A session of two active parties over one connection: the plan, set-up of transfers, one network after the other.

The connection is mutually authenticated TLS; who the peer is was checked by whoever opened it. Nothing is resumed: any
error ends the session, and with it all that it drew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from snni.errors import BundleError, HandshakeError, PeerError, WireError
from snni.model.plan import MAX_PLAN_BYTES, Plan
from snni.twoparty.active.network import ActiveNetwork, check_plan
from snni.twoparty.active.party import Party, Side
from snni.twoparty.active.video import ActiveVideo, check_video
from snni.twoparty.ot import Direction, OtParams, OtReceiver, OtSender
from snni.wire.channel import Channel

VERSION = 1
HELLO, PLAN, AGREED = 0x56, 0x57, 0x58
IMAGES, VIDEO = 0, 1
MOST_IMAGES = 1 << 16
TRANSFERS = OtParams(extension="ferret", lpn=16)
"""AGREED."""


def ask(channel: Channel, plan_hash: str, images: Sequence[NDArray[np.uint8]]) -> list[int]:
    """The level of each image, uint8 [C, H, W], at the client.

    Raises HandshakeError: another plan than the pinned one. ParameterError: a plan or image that is not computed.
    ConsistencyError, DeviationError: the server does not follow the protocol. WireError, PeerError.
    """
    plan, _ = _pinned(channel, plan_hash, IMAGES, len(images))
    check_plan(plan)
    network = ActiveNetwork(plan, _set_up(Side.CLIENT, channel))
    levels = [network.level(image, {}) for image in images]
    return [level for level in levels if level is not None]


def ask_label(
    channel: Channel, plan_hash: str, video: NDArray[np.uint8], passed: Callable[[str], None] = lambda phase: None
) -> int:
    """The label of a video, uint8 [N, C, H, W], whose frames the server selects, at the client. passed: as
    ActiveVideo's. Raises as ``ask``."""
    plan, selected = _pinned(channel, plan_hash, VIDEO, len(video))
    check_video(plan, len(video), selected)
    passed("agreed")
    party = _set_up(Side.CLIENT, channel)
    passed("set_up")
    label = ActiveVideo(plan, party, len(video), selected, passed).label(video, None, {})
    return -1 if label is None else label


def _pinned(channel: Channel, plan_hash: str, kind: int, count: int) -> tuple[Plan, int]:
    """(the plan, how many frames the server selects)."""
    channel.send(HELLO, bytes([VERSION, kind]) + count.to_bytes(4, "little"))
    served = bytes(channel.recv(PLAN, 4 + MAX_PLAN_BYTES))
    try:
        plan = Plan.from_json(served[4:])
    except BundleError as error:
        raise HandshakeError("plan", "the server's plan is not a valid one") from error
    if plan.plan_hash != plan_hash:
        raise HandshakeError("plan", f"the server's plan is {plan.plan_hash[:16]}, pinned is {plan_hash[:16]}")
    return plan, int.from_bytes(served[:4], "little")


def _set_up(side: Side, channel: Channel) -> Party:
    """Base transfers of both directions, the server's first, once the client has agreed."""
    if side is Side.CLIENT:
        channel.send(AGREED, b"")
    else:
        channel.recv(AGREED, 0)
    own, other = (Direction.C_SENDS, Direction.S_SENDS)[:: 1 if side is Side.CLIENT else -1]
    sender, receiver = OtSender(channel, own, TRANSFERS), OtReceiver(channel, other, TRANSFERS)
    for end in (receiver, sender) if side is Side.CLIENT else (sender, receiver):
        end.setup()
    return Party(side, channel, sender, receiver)


def serve(
    channel: Channel,
    plan: Plan,
    weights: Mapping[str, NDArray[np.generic]],
    selection: NDArray[np.int8] | None = None,
) -> int:
    """Serve one client's images, or its video; how many pictures it was. selection: one-hot rows int8 [n, N] of a
    video's frames. Raises as ``ask``."""
    hello = bytes(channel.recv(HELLO, 6))
    count = int.from_bytes(hello[2:], "little")
    if len(hello) != 6 or hello[0] != VERSION or hello[1] not in (IMAGES, VIDEO) or not 1 <= count <= MOST_IMAGES:
        raise WireError(f"a hello of another version than {VERSION}, or of {count} images")
    if hello[1] == IMAGES:
        check_plan(plan)
        channel.send(PLAN, bytes(4) + plan.to_json())
        network = ActiveNetwork(plan, _set_up(Side.SERVER, channel))
        for _ in range(count):
            network.level(None, weights)
        return count
    if selection is None or selection.shape[1] != count:
        raise PeerError(f"no selection of {count} frames is served")
    check_video(plan, count, len(selection))
    channel.send(PLAN, len(selection).to_bytes(4, "little") + plan.to_json())
    ActiveVideo(plan, _set_up(Side.SERVER, channel), count, len(selection)).label(None, selection, weights)
    return count
