"""What passed through an account of a NATS server, as the server counts it: in all, and over its leaf connections.

A leaf connection is the only way from a room to its ward. So what the account ROOM, which has frames and crops, passed
over leaf connections is the number of bytes by which faces left their room: 0, or the walls are open.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Annotated

from nats import errors as nats_errors
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.bus.connection import TlsClient
from services.bus.errors import BusUnavailable
from services.bus.subjects import ACCOUNT_STATISTICS

ANSWER_S = 2.0
LOOK_S = 10.0
TOTALS = {
    "account_bytes": "Bytes that the account's connections moved",
    "account_messages": "Messages that they moved",
    "crossed_bytes": "Of its bytes those over leaf connections, between zones",
    "crossed_messages": "Of its messages those over leaf connections, between zones",
}

Number = Annotated[int, Field(ge=0)]


class _Said(BaseModel):
    """A part of the server's answer; fields that are not named here are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Moved(_Said):
    """Messages and bytes of one direction."""

    msgs: Number = 0
    bytes: Number = 0


class Direction(Moved):
    """Of them all; leafs: over leaf connections."""

    leafs: Moved = Moved()


class AccountTraffic(_Said):
    """leafnodes: leaf connections now. sent, received: by the server, of the account's connections."""

    name: str = Field(alias="acc")
    conns: Number = 0
    leafnodes: Number = 0
    slow_consumers: Number = 0
    sent: Direction = Direction()
    received: Direction = Direction()


class _Data(_Said):
    account_statz: tuple[AccountTraffic, ...] = Field(min_length=1, max_length=1)


class _Answer(_Said):
    data: _Data


def read(answer: bytes) -> AccountTraffic:
    """The only account of the server's answer. Raises BusUnavailable: it is not such an answer."""
    try:
        return _Answer.model_validate_json(answer).data.account_statz[0]
    except ValidationError as error:
        raise BusUnavailable(f"{ACCOUNT_STATISTICS}: no statistics, {error.error_count()} faults") from None


class TrafficMetrics(Collector):
    """The server's own totals, as they stand at the newest look; a server that starts anew begins at nothing."""

    def __init__(self) -> None:
        self._seen: AccountTraffic | None = None

    def note(self, seen: AccountTraffic) -> None:
        """What the server says now."""
        self._seen = seen

    def collect(self) -> Iterator[Metric]:
        """As prometheus_client asks; families without a sample until the server was asked."""
        connections = GaugeMetricFamily(
            "veilward_bus_account_connections", "The account's connections now", labels=("account", "kind")
        )
        slow = CounterMetricFamily(
            "veilward_bus_slow_consumers", "Connections that the server ended for being slow", labels=("account",)
        )
        families = [
            CounterMetricFamily(f"veilward_bus_{name}", text, labels=("account", "way"))
            for name, text in TOTALS.items()
        ]
        if self._seen is not None:
            seen, name = self._seen, self._seen.name
            connections.add_metric([name, "client"], seen.conns)
            connections.add_metric([name, "leaf"], seen.leafnodes)
            slow.add_metric([name], seen.slow_consumers)
            for way, moved in (("out", seen.sent), ("in", seen.received)):
                values = (moved.bytes, moved.msgs, moved.leafs.bytes, moved.leafs.msgs)
                for family, value in zip(families, values, strict=True):
                    family.add_metric([name, way], value)
        yield from (connections, slow, *families)


async def watch(client: TlsClient, metrics: TrafficMetrics, denied: Callable[[str], bool]) -> None:
    """Ask again and again, until cancelled. A server that does not answer leaves what it said last; one that denies it,
    as one of a configuration from before, is asked again on the next connection.
    """
    while True:
        if not denied(ACCOUNT_STATISTICS):
            with contextlib.suppress(BusUnavailable, nats_errors.Error, TimeoutError, OSError):
                metrics.note(read((await client.request(ACCOUNT_STATISTICS, b"", timeout=ANSWER_S)).data))
        await asyncio.sleep(LOOK_S)
