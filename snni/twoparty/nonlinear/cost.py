"""What the nonlinear protocols send, from shapes alone: payload sizes of every online message, and whole costs.

Receivers take their limits from the same sizes: a message is as long as the shape says, or it is refused before
anything is allocated for it. Nothing here depends on a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snni.twoparty.nonlinear.compare import Gadget
from snni.twoparty.nonlinear.tables import correction_bytes
from snni.twoparty.nonlinear.wire import packed_bytes
from snni.twoparty.ot.cost import CHECK_TRANSFERS, OtParams, check_cost, claimed, requests_cost, transfers_of
from snni.wire.framing import HEADER

if TYPE_CHECKING:
    from snni.twoparty.nonlinear.argmax import ArgmaxShape
    from snni.twoparty.nonlinear.compare import CompareShape
    from snni.twoparty.nonlinear.gate import GateShape
    from snni.twoparty.nonlinear.maxpool import MaxPoolShape
    from snni.twoparty.nonlinear.rescale import RescaleShape

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


def compare_messages(shape: CompareShape, gadget: Gadget, tail: int) -> tuple[list[int], list[int]]:
    """Payloads of (the server, the client) in turn, the server's last included. tail: the caller's bytes in that one.

    leaf: the server sends a digit's words, the client the bit of its next choice. tables: the server opens its shifts
    and the first carry; then each opens two carries at a time, the client one digit ahead.
    """
    last = len(shape.digits) - 1
    if gadget == "leaf":
        server = [shape.table_bytes(digit) for digit in range(last + 1)]
        client = [shape.bit_bytes] * last
    else:
        server = [shape.digits_bytes + shape.bit_bytes * min(1, last)]
        client = []
        for digit in range(1, last + 1, 2):
            client.append(shape.bit_bytes * len(range(digit, min(digit + 1, last) + 1)))
            server.append(shape.bit_bytes * len(range(digit + 1, min(digit + 2, last) + 1)))
    server[-1] += tail
    return server, client


def steer_bytes(shape: GateShape) -> int:
    """The client's last message: its correction, then two messages a value, or two low and four high parts."""
    delta = packed_bytes(shape.payload, 1)
    if not shape.extend:
        return delta + packed_bytes(2 * shape.payload, shape.bits)
    return delta + packed_bytes(2 * shape.n, shape.window) + packed_bytes(4 * shape.n, shape.bits - shape.window)


def gate_messages(shape: GateShape) -> Messages:
    """A gate's online messages, in order; the server's are the even ones."""
    tail = packed_bytes(shape.payload, shape.choice_bits) + packed_bytes(shape.payload, shape.bits)
    server, client = compare_messages(shape.compare, shape.gadget, tail)
    return tuple(size for pair in zip(server, [*client, steer_bytes(shape)], strict=True) for size in pair)


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
    """Correlations of all that is made together: what the server sends OTs for, then the client, then what the
    client tells.

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
    told = sum(HEADER.size + told_bytes(shape) for shape in gates)
    from_client = sum(cost.from_receiver for cost in of_server) + sum(cost.from_sender for cost in of_client) + told
    from_server = sum(cost.from_sender for cost in of_server) + sum(cost.from_receiver for cost in of_client)
    # Ferret: transfers | challenge, transfers | answer, challenge | answer, told. SoftSpokenOT: as they come.
    flights = 4 if params.sender_writes else 2 + bool(gates)
    return Cost(from_client, from_server, flights)


def told_bytes(shape: GateShape) -> int:
    """What the client sends beside the OT extension: its leaf choices, or the corrections of its tables."""
    return shape.compare.digits_bytes if shape.gadget == "leaf" else correction_bytes(shape.compare)


def _requests(
    gates: Sequence[GateShape], rescales: Sequence[RescaleShape]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(results, transfers a result) of all that the server sends OTs for, and of all that the client does."""
    server = [request for shape in gates for request in _received(shape)]
    client = [request for shape in gates for request in _sent(shape)] + [(shape.n, 1) for shape in rescales]
    return server, client


def _received(shape: GateShape) -> list[tuple[int, int]]:
    """(results, transfers a result) of each request whose messages the server holds."""
    leaves = [(shape.n, transfers_of("leaf", bits)) for bits in shape.compare.indices]
    return [*(leaves if shape.gadget == "leaf" else []), (shape.payload, 1)]


def _sent(shape: GateShape) -> list[tuple[int, int]]:
    """The same of those whose messages the client holds."""
    swaps = [(shape.n, 1)] * sum(shape.compare.indices) if shape.gadget == "tables" else []
    return [*swaps, (shape.payload, 2 if shape.extend else 1)]
