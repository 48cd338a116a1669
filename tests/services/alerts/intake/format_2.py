"""An installation from before alerts had a life cycle: its Redis and its audit log, captured from that version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

KEPT = Path(__file__).parents[1] / "state" / "format_2"
KEYS = "veilward:alerts:{home}"


def kept() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((KEPT / "redis.json").read_text())
    return found


async def as_it_was(url: str) -> None:
    """Put back what the old version had in Redis."""
    old = kept()
    async with Redis.from_url(url) as redis:
        await redis.hset(f"{KEYS}:meta", mapping=old["meta"])
        await redis.hset(f"{KEYS}:cameras", mapping={key: json.dumps(one) for key, one in old["cameras"].items()})
        await redis.rpush(f"{KEYS}:history", *[json.dumps(one) for one in old["history"]])
