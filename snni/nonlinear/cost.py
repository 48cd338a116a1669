"""What the nonlinear protocols send, from shapes alone: payload sizes of every online message, and whole costs.

Receivers take their limits from the same sizes: a message is as long as the shape says, or it is refused before
anything is allocated for it. Nothing here depends on a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snni.nonlinear.wire import packed_bytes
from snni.ot.cost import CHECK_TRANSFERS, OtParams, check_cost, claimed, requests_cost, transfers_of
from snni.transport import HEADER

if TYPE_CHECKING:
    from snni.nonlinear.argmax import ArgmaxShape
    from snni.nonlinear.compare import CompareShape
    from snni.nonlinear.gate import GateShape
    from snni.nonlinear.maxpool import MaxPoolShape
    from snni.nonlinear.rescale import RescaleShape

Messages = tuple[int, ...]
"""Payload bytes of alternating messages, the server's first."""


@dataclass(frozen=True)
class Cost:
    """Bytes each way, frame headers included, and one-way flights."""

    from_client: int = 0
    from_server: int = 0
    flights: int = 0

    def __add__(self, other: Cost) -> Cost:
        """Bytes add up; so do flights, where the other starts with the party that did not end this one."""
        return Cost(
            self.from_client + other.from_client, self.from_server + other.from_server, self.flights + other.flights
        )


def compare_messages(shape: CompareShape, from_server: int, from_client: int) -> tuple[list[int], list[int]]:
    """Payloads of (the server, the client) up to the root. from_server, from_client: bytes of the caller's that ride
    in the last message of a comparison of even depth (the server's) or of odd depth (the client's).

    The server sends the leaves, then its openings of levels 1, 2 together, 3, 4, ...; the client those of 0, 1, of
    2, 3, ...: each is one level behind the other in turn.
    """
    depth = len(shape.levels)
    server, client = [shape.leaf_bytes], []
    for level in range(0, depth, 2):
        client.append(sum(shape.opening_bytes(at, server=False) for at in range(level, min(level + 2, depth))))
    for level in range(1, depth, 2):
        server.append(sum(shape.opening_bytes(at, server=True) for at in range(level, min(level + 2, depth))))
    if depth % 2:
        client[-1] += from_client
    else:
        server[-1] += from_server
    return server, client


def gate_messages(shape: GateShape) -> Messages:
    """A gate's online messages, in order; the server's are the even ones."""
    flips = packed_bytes(shape.payload, shape.choice_bits)
    delta = packed_bytes(shape.payload, 1)
    product = packed_bytes(shape.payload, shape.bits)
    server, client = compare_messages(shape.compare, flips, delta)
    if shape.delta_with_opening:
        server.append(flips + product)
    else:
        client.append(delta)
        server.append(product)
    client.append(packed_bytes(shape.slots * shape.payload, shape.bits))
    return tuple(size for pair in zip(server, client, strict=True) for size in pair)


def rescale_messages(shape: RescaleShape) -> Messages:
    return packed_bytes(shape.n, 1), packed_bytes(2 * shape.n, shape.out_bits)


def reveal_bytes(shape: ArgmaxShape) -> int:
    """The server's share of the index: the last message of all, and the only one after a client's."""
    return packed_bytes(1, shape.window)


def _online(messages: Messages) -> Cost:
    server, client = messages[0::2], messages[1::2]
    return Cost(sum(client) + HEADER.size * len(client), sum(server) + HEADER.size * len(server), len(messages))


def gate_cost(shape: GateShape) -> Cost:
    """Online. A ReLU is one gate."""
    return _online(gate_messages(shape))


def maxpool_cost(shape: MaxPoolShape) -> Cost:
    """Online: one gate after the other."""
    return sum((gate_cost(shape.gate(turn)) for turn in shape.rounds), Cost())


def argmax_cost(shape: ArgmaxShape) -> Cost:
    """Online, the opening included."""
    gates = sum((gate_cost(shape.gate(pairs)) for pairs in shape.rounds), Cost())
    return gates + Cost(0, HEADER.size + reveal_bytes(shape), 1)


def rescale_cost(shape: RescaleShape) -> Cost:
    """Online."""
    return _online(rescale_messages(shape))


@dataclass(frozen=True)
class Claimed:
    """Transfers claimed before, in the direction that each party sends in. Ferret's bytes depend on them."""

    by_server: int = 0
    by_client: int = 0

    def after(self, gates: Sequence[GateShape], params: OtParams, rescales: Sequence[RescaleShape] = ()) -> Claimed:
        """Once `offline_cost` of the same has run."""
        server, client = _requests(gates, rescales)
        return Claimed(
            self.by_server + sum(claimed(params, *request) for request in server) + CHECK_TRANSFERS,
            self.by_client + sum(claimed(params, *request) for request in client) + CHECK_TRANSFERS,
        )


FIRST = Claimed()


def offline_cost(
    gates: Sequence[GateShape],
    params: OtParams,
    rescales: Sequence[RescaleShape] = (),
    before: Claimed = FIRST,
) -> Cost:
    """Correlations of all that is made together: what the server sends OTs for, then the client, then leaf choices.

    Each direction's check follows its requests; frame_client.py has the order of messages.
    """
    server, client = _requests(gates, rescales)
    after = before.after(gates, params, rescales)
    of_server = [
        requests_cost(params, server, before.by_server),
        check_cost(params, after.by_server - CHECK_TRANSFERS),
    ]
    of_client = [
        requests_cost(params, client, before.by_client),
        check_cost(params, after.by_client - CHECK_TRANSFERS),
    ]
    choices = sum(HEADER.size + shape.compare.choice_bytes for shape in gates)
    from_client = sum(cost.from_receiver for cost in of_server) + sum(cost.from_sender for cost in of_client) + choices
    from_server = sum(cost.from_sender for cost in of_server) + sum(cost.from_receiver for cost in of_client)
    # Ferret: transfers | challenge, transfers | answer, challenge | answer, choices. SoftSpokenOT: as they come.
    flights = 4 if params.sender_writes else 2 + bool(gates)
    return Cost(from_client, from_server, flights)


def _requests(
    gates: Sequence[GateShape], rescales: Sequence[RescaleShape]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(results, transfers a result) of all that the server sends OTs for, and of all that the client does."""
    server = [request for shape in gates for request in _received(shape)]
    client = [request for shape in gates for request in _sent(shape)] + [(shape.n, 1) for shape in rescales]
    return server, client


def _received(shape: GateShape) -> list[tuple[int, int]]:
    """(results, transfers a result) of each request whose messages the server holds."""
    compare = shape.compare
    leaves = [(shape.n, transfers_of("leaf", width)) for width in compare.digits]
    return [*leaves, *((shape.n, 1) for _ in compare.nodes), (shape.payload, 1)]


def _sent(shape: GateShape) -> list[tuple[int, int]]:
    """The same of those whose messages the client holds."""
    return [*((shape.n, 1) for _ in shape.compare.nodes), (shape.payload, 2 if shape.extend else 1)]
