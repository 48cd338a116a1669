"""What a protocol moves over one channel, known from shapes alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from snni.wire.framing import HEADER


@dataclass(frozen=True)
class Traffic:
    """Bytes each way, frame headers included, and one-way flights. Of a channel's two ends the client dialled."""

    from_client: int = 0
    from_server: int = 0
    flights: int = 0

    def __add__(self, other: Traffic) -> Traffic:
        """Bytes add up; so do flights, where the other starts with the end that did not finish this one."""
        return Traffic(
            self.from_client + other.from_client, self.from_server + other.from_server, self.flights + other.flights
        )

    @property
    def total_bytes(self) -> int:
        """Both ways."""
        return self.from_client + self.from_server


def alternating(payloads: Sequence[int]) -> Traffic:
    """Messages of so many payload bytes in turn, the server's first."""
    server, client = payloads[0::2], payloads[1::2]
    return Traffic(sum(client) + HEADER.size * len(client), sum(server) + HEADER.size * len(server), len(payloads))
