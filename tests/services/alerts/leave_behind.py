"""`python -m tests.services.alerts.leave_behind`: runs the version before, in a clone that holds it, and writes what it
leaves behind to state/before/: its audit log, database and Redis, and what its rooms say."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from localsite.nats_pair import start_pair
from localsite.pki import make_pki
from localsite.redis_server import start_redis
from tests.services.alerts.before import (
    KEPT,
    KEYS,
    PASSWORD,
    EarlierReplica,
    acts,
    calm_levels,
    hurts,
    launcher,
    source_of_before,
)
from tests.services.alerts.replicas import leads
from tests.services.alerts.rooms import rooms_on

SAYS = """
import base64, json
from datetime import UTC, datetime
from services.bus.messages import CameraRef, Envelope, PainMessage, StateMessage, encode

at = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
camera = CameraRef(site="home", ward="ward-1", room="room-7", camera="cam-room-7")
one = Envelope(camera=camera, sequence=7, producer="0123456789abcdef" * 2, captured_at=at, published_at=at)
numbers = dict(snni_online_s=0.5, snni_offline_s=3.5, bytes_online=4000000, bytes_offline=90000000, inference=12)
pain = PainMessage(
    envelope=one, level=2, model="m", plan_hash="0" * 16, keyframe_at=at, stages={"scored": 0.9}, **numbers
)
state = StateMessage(envelope=one, component="keyframe", status="dark", since=at, detail={"frames": 12})
made = [(subject, headers, base64.b64encode(body).decode()) for subject, headers, body in map(encode, (pain, state))]
print(json.dumps(made))
"""
"""A program of that version: a level and a state as its rooms say them."""


async def _leave(folder: Path) -> None:
    """Run it: a promise, an end, a severe alert that nobody answers, and who may sign in."""
    before, password = source_of_before(folder / "source"), folder / "password"
    password.write_text(PASSWORD)
    pair, redis = start_pair(folder, make_pki(folder / "pki")), start_redis(folder / "redis")
    try:
        async with rooms_on(pair) as rooms:
            old = EarlierReplica(before, pair, redis.url, folder, "alerts-0")
            try:
                async with calm_levels(rooms):
                    await old.begin()
                    await leads(old)
                    who = ("ada", "--role", "nurse", "--every-ward", "--password-file", str(password))
                    old.answer("people", "add", *who)
                    for room, level in (("room-1", 2), ("room-3", 2), ("room-4", 3)):
                        await hurts(rooms, room, level)
                    for room, verb in (("room-1", "ack"), ("room-3", "arrive")):
                        await acts(old, room, verb)
                    await acts(old, "room-3", "resolve", outcome="no_pain")
                old.stop()
                await _keep(old, redis.url)
            finally:
                old.kill()
    finally:
        redis.stop()
        pair.stop()
    _say(before)


def _say(before: Path) -> None:
    (before / "says.py").write_text(SAYS)
    command = [*launcher(before), sys.executable, "-m", "says"]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    (KEPT / "messages.json").write_text(json.dumps(said, indent=1) + "\n")


async def _keep(old: EarlierReplica, redis_url: str) -> None:
    KEPT.mkdir(exist_ok=True)
    (KEPT / "audit.jsonl").write_bytes(old.audit.read_bytes())
    with closing(sqlite3.connect(old.database.removeprefix("sqlite:///"))) as database:
        (KEPT / "people.sql").write_text("\n".join(database.iterdump()) + "\n")
    async with Redis.from_url(redis_url, decode_responses=True) as redis:
        held: dict[str, Any] = {name: await redis.hgetall(f"{KEYS}:{name}") for name in ("meta", "cameras")}
        held["history"] = await redis.lrange(f"{KEYS}:history", 0, -1)
    (KEPT / "redis.json").write_text(json.dumps(held, indent=1) + "\n")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(_leave(Path(name)))
