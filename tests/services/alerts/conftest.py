"""What every test of the alerts service leaves behind it: no connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.alerts.state.redis_store import RedisStore


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
