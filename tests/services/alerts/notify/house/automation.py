"""The house's automation: what it is told of rooms by its broker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiomqtt import Client

from tests.support.mqtt_broker import PASSWORD, USER, MqttBroker
from tests.support.waiting import eventually

PREFIX = "home/veilward"


class Automation:
    """What the house knows: topic to text, as its broker tells it. everything: all that ever came."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.everything: list[str] = []

    async def listen(self, broker: MqttBroker) -> None:
        async with Client("127.0.0.1", broker.plain_port, username=USER, password=PASSWORD) as client:
            await client.subscribe(f"{PREFIX}/#", qos=1)
            async for message in client.messages:
                text = bytes(message.payload).decode()  # type: ignore[arg-type]
                self.known[str(message.topic)] = text
                self.everything.append(text)

    def room(self, name: str) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self.known[f"{PREFIX}/ward-1/{name}"])
        return state

    async def sees(self, name: str, state: str, calls: int | None = None) -> dict[str, Any]:
        """Until a room is told to be so, and to have called so often."""

        async def so() -> bool:
            if f"{PREFIX}/ward-1/{name}" not in self.known:
                return False
            found = self.room(name)
            return found["state"] == state and calls in (None, found["calls"])

        await eventually(so)
        return self.room(name)

    async def status(self, word: str) -> None:
        async def so() -> bool:
            return self.known.get(f"{PREFIX}/status") == word

        await eventually(so)


@asynccontextmanager
async def running(*jobs: Any) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def automation(broker: MqttBroker) -> AsyncIterator[Automation]:
    """Somebody who begins to listen now."""
    one = Automation()
    async with running(one.listen(broker)):
        yield one
