"""The gate, made of a device's settings, and what brings the ward's statements to it. Consumes consent.v1."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from services.bus.errors import BusUnavailable
from services.bus.models import CameraRef, ConsentMessage
from services.bus.nats_bus import Bus
from services.bus.subjects import CONSENT_ALL
from services.ingest.consent.gate import Gate
from services.ingest.consent.keys import read_keys
from services.ingest.consent.store import Store, check_folder, this_boot
from services.ingest.metrics import IngestMetrics
from services.runtime.clock import Clock
from services.runtime.logging import get_logger, log_event

_log = get_logger("ingest")

PENDING = 256
RETRY_S = 0.5


class Gated(Protocol):
    """A camera that a gate is put before."""

    ref: CameraRef
    gate: Gate | None


def gate_of(
    keys: Path | None, folder: Path | None, cameras: Mapping[str, Gated], metrics: IngestMetrics, clock: Clock
) -> Gate | None:
    """Put a gate before the cameras; None where no keys are set. Raises UnusableFile."""
    if keys is None or folder is None:
        log_event(_log, "consents_not_asked_for", logging.WARNING)
        return None
    trusted = read_keys(keys)
    check_folder(folder)
    store = Store(folder, trusted, this_boot())
    gate = Gate({name: one.ref for name, one in cameras.items()}, trusted, store, metrics, clock)
    for one in cameras.values():
        one.gate = gate
    return gate


async def listen(bus: Bus, gate: Gate) -> None:
    """Take what the ward says, for ever; in force as it comes, while the disk still writes what came before."""
    while True:
        try:
            subscription = await bus.subscribe(CONSENT_ALL, pending=PENDING)
            break
        except BusUnavailable:  # not connected at this moment
            await asyncio.sleep(RETRY_S)
    async with asyncio.TaskGroup() as heard:
        async for message in subscription:
            if isinstance(message, ConsentMessage):
                heard.create_task(gate.hear(message))
