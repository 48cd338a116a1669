"""Both parties of an active run in two threads, over ideal correlated transfers or real ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from snni.twoparty.active.party import Party, Side
from snni.twoparty.ot import Direction, OtParams, OtReceiver, OtSender
from tests.support.ideal_cots import IdealCotReceiver, IdealCotSender
from tests.support.ideal_ots import both

SEEDS = {Side.CLIENT: 11, Side.SERVER: 12}
"""Of the transfers that each sends."""


def party(side: Side, channel: Any, params: OtParams | None = None) -> Party:
    """params: of real transfers; None: ideal ones."""
    other = Side(1 - side.value)
    if params is None:
        return Party(side, channel, IdealCotSender(SEEDS[side]), IdealCotReceiver(SEEDS[other]))
    receives, sends = (Direction.S_SENDS, Direction.C_SENDS)[:: 1 if side is Side.CLIENT else -1]
    receiver, sender = OtReceiver(channel, receives, params), OtSender(channel, sends, params)
    for end in (receiver, sender) if side is Side.CLIENT else (sender, receiver):
        end.setup()
    return Party(side, channel, sender, receiver)


def run_both(
    run: Callable[[Party], Any], params: OtParams | None = None, wrap: Callable[[Side, Any], Any] | None = None
):
    """(the client's result, the server's). run: what both do. wrap: puts a channel of one's own in its place."""

    def side(which: Side) -> Callable[[Any], Any]:
        return lambda channel: run(party(which, wrap(which, channel) if wrap else channel, params))

    mine, theirs, _ = both(side(Side.CLIENT), side(Side.SERVER))
    return mine, theirs
