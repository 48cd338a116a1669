"""What nonlinear steps need beforehand: random transfers in both directions, and messages made of them.

A frame makes the correlations of all its steps together: the server sends transfers, then the client does, each
direction ending with its check; then the client sends what it prepared (inference/client.py has the order of messages).
"""

from __future__ import annotations

from dataclasses import dataclass

from snni.twoparty.ot.extension import CHECK_TRANSFERS
from snni.twoparty.ot.extensions import extension_of
from snni.twoparty.ot.params import OtParams
from snni.twoparty.ot.traffic import check_traffic, requests_traffic
from snni.wire.framing import HEADER
from snni.wire.traffic import Traffic

Transfers = tuple[int, int]
"""(results, transfers a result) of one request."""


@dataclass(frozen=True)
class Correlations:
    """server_sends, client_sends: requests whose messages that party holds, in order. prepared: payload bytes of the
    messages that the client sends once the transfers are checked."""

    server_sends: tuple[Transfers, ...] = ()
    client_sends: tuple[Transfers, ...] = ()
    prepared: tuple[int, ...] = ()

    def __add__(self, other: Correlations) -> Correlations:
        return Correlations(
            self.server_sends + other.server_sends,
            self.client_sends + other.client_sends,
            self.prepared + other.prepared,
        )


@dataclass(frozen=True)
class Claimed:
    """Transfers claimed before, in the direction that each party sends in. Ferret's bytes depend on them."""

    by_server: int = 0
    by_client: int = 0

    def after(self, needed: Correlations, params: OtParams) -> Claimed:
        """Once these correlations are made, their checks included."""
        return Claimed(
            self.by_server + sum(params.claimed(*request) for request in needed.server_sends) + CHECK_TRANSFERS,
            self.by_client + sum(params.claimed(*request) for request in needed.client_sends) + CHECK_TRANSFERS,
        )


FIRST = Claimed()


def offline_traffic(needed: Correlations, params: OtParams, before: Claimed = FIRST) -> Traffic:
    """Of making these correlations together: both directions' transfers and checks, and what the client prepared."""
    after = before.after(needed, params)
    of_server = [
        requests_traffic(params, needed.server_sends, before.by_server),
        check_traffic(params, after.by_server - CHECK_TRANSFERS),
    ]
    of_client = [
        requests_traffic(params, needed.client_sends, before.by_client),
        check_traffic(params, after.by_client - CHECK_TRANSFERS),
    ]
    prepared = sum(HEADER.size + payload for payload in needed.prepared)
    from_client = sum(t.from_receiver for t in of_server) + sum(t.from_sender for t in of_client) + prepared
    from_server = sum(t.from_sender for t in of_server) + sum(t.from_receiver for t in of_client)
    # Ferret: transfers | challenge, transfers | answer, challenge | answer, prepared. SoftSpokenOT: as they come.
    flights = 4 if extension_of(params).sender_writes else 2 + bool(needed.prepared)
    return Traffic(from_client, from_server, flights)
