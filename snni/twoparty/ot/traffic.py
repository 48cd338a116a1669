"""What set-up, requests and checks of a direction move, before they run. Frame headers are included."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from snni.twoparty.ot.extensions import extension_of
from snni.twoparty.ot.params import OtParams
from snni.wire.framing import HEADER


@dataclass(frozen=True)
class TransferTraffic:
    """Bytes each way and one-way flights of one direction, whichever party sends its transfers."""

    from_receiver: int
    from_sender: int
    flights: int


def setup_traffic(params: OtParams) -> TransferTraffic:
    """Base transfers and trees: offer and trees from the receiver, reply from the sender."""
    offer, reply, trees = extension_of(params).setup_bytes(params)
    return TransferTraffic(offer + trees + 2 * HEADER.size, reply + HEADER.size, 3)


def check_traffic(params: OtParams, first: int = 0) -> TransferTraffic:
    """One consistency check by itself, after ``first`` claimed transfers; it claims CHECK_TRANSFERS more."""
    extension = extension_of(params)
    payloads = extension.check_payloads(params, first)
    sizes = [HEADER.size + payload for payload in payloads]
    own, other = sum(sizes[0::2]), sum(sizes[1::2])
    from_sender, from_receiver = (own, other) if extension.sender_writes else (other, own)
    return TransferTraffic(from_receiver, from_sender, len(payloads))


def request_traffic(params: OtParams, n: int, transfers: int, first: int = 0) -> TransferTraffic:
    """n results of `transfers` random transfers each.

    first: transfers claimed before, a multiple of 128. Only Ferret's bytes depend on it: a tree is paid for by the
    request that reaches it.
    """
    return requests_traffic(params, [(n, transfers)], first)


def requests_traffic(params: OtParams, requests: Iterable[tuple[int, int]], first: int = 0) -> TransferTraffic:
    """Requests one after the other, (n, transfers) each. Their messages all flow one way."""
    extension, total, messages = extension_of(params), 0, 0
    for n, transfers in requests:
        for part in params.chunks(n, transfers):
            count = part.stop - part.start
            total += HEADER.size + extension.message_bytes(params, count, transfers, first)
            first += params.claimed(count, transfers)
            messages += 1
    flights = min(1, messages)
    return TransferTraffic(0, total, flights) if extension.sender_writes else TransferTraffic(total, 0, flights)
