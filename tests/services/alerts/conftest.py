"""What every test of the alerts service leaves behind it: no connection; and the rooms that some have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from localsite.nats_pair import NatsPair
from services.alerts.state.redis_store import RedisStore
from tests.services.alerts.rooms import Rooms, rooms_on


@pytest.fixture(autouse=True)
async def _stores_are_closed(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    made: list[RedisStore] = []
    construct = RedisStore.__init__

    def noted(store: RedisStore, *arguments: Any, **options: Any) -> None:
        construct(store, *arguments, **options)
        made.append(store)

    monkeypatch.setattr(RedisStore, "__init__", noted)
    yield
    for store in made:
        await store.close()


@pytest.fixture
async def rooms(fresh_pair: NatsPair) -> AsyncIterator[Rooms]:
    """The rooms of servers of the test's own: the stream keeps what was sent, and a start of alerts reads it again."""
    async with rooms_on(fresh_pair) as found:
        yield found
