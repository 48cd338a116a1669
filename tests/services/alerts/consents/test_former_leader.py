"""Who leads no more says no word to a room, also in the middle of what it had to say."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.alerts.consents.speaker import ConsentSpeaker
from services.alerts.errors import Deposed
from services.alerts.leading.bus_link import BusLink
from services.bus.models import ConsentMessage
from tests.services.alerts.bench import Bench

ROOMS = ("room-1", "room-3", "room-4")


class Link:
    """Keeps what is said."""

    connected = True

    def __init__(self) -> None:
        self.said: list[ConsentMessage] = []

    async def bus(self) -> Link:
        return self

    async def publish(self, message: ConsentMessage) -> None:
        self.said.append(message)


async def test_one_that_is_replaced_between_two_rooms_says_nothing_more(tmp_path: Path) -> None:
    """Rooms take a word of a former term for a repeated one, and call it so on the ward's page."""
    bench, link = Bench(tmp_path), Link()
    for room in ROOMS:
        await bench.state(1, "ingest", "live", room, consent_asks="a5" * 16)

    async def sure() -> None:
        if link.said:
            raise Deposed("another replica leads")

    speaker = ConsentSpeaker(
        Ed25519PrivateKey.generate(),
        bench.ward_state,
        cast("BusLink", link),
        bench.clock,
        bench.hand,
        timedelta(minutes=15),
        lambda: 1,
        sure,
    )
    with pytest.raises(Deposed):
        await speaker.run()
    assert len(link.said) == 1
