"""What the version before left behind where it ran, taken over by this one, in every clone: the hub's log, Redis, the
database, messages of its rooms."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from localsite.nats_pair import NatsPair
from localsite.redis_server import RedisServer
from services.alerts.actor import Role
from services.alerts.audit.audit_file import verify
from services.alerts.people.people import People
from services.alerts.records.database import Database
from services.alerts.redis_client import redis_client
from services.bus.messages import PainMessage, StateMessage, decode, encode
from tests.services.alerts import before
from tests.services.alerts.notify.receiver import receiving
from tests.services.alerts.replicas import Replica, leaders, leads
from tests.services.alerts.rooms import rooms_on
from tests.support.waiting import eventually

LINES = (before.KEPT / "audit.jsonl").read_bytes().splitlines(keepends=True)
HELD = {("room-1", 2), ("room-4", 3)}


def test_what_it_left_behind_is_of_that_version() -> None:
    """Its own tables, not these; a promise, an arrival and an end."""
    assert "'0002'" in (before.KEPT / "people.sql").read_text()
    changes = Counter(json.loads(line)["change"] for line in LINES)
    assert changes["raised"] == 3 and {"acknowledged", "arrived", "resolved"} <= set(changes)


async def test_it_is_taken_over_and_no_alarm_is_lost_or_doubled(
    fresh_pair: NatsPair, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    async with receiving() as receiver, rooms_on(fresh_pair) as rooms:
        await before.put_back(tmp_path, fresh_redis.url, fresh_pair)
        new = Replica(fresh_pair, fresh_redis.url, tmp_path, "alerts-0", webhook_urls=json.dumps([receiver.url]))
        try:
            await new.begin()
            await leads(new)
            assert await new.open_levels() == HELD
            async with before.calm_levels(rooms):
                await before.hurts(rooms, "room-4", 3)  # goes on to hurt
                await before.hurts(rooms, "room-2")

                async def is_there() -> bool:
                    told = [one for one in receiver.bodies() if one["group"] == "ward-1/room-2"]
                    return bool(told) and await new.open_levels() == HELD | {("room-2", 2)}

                await eventually(is_there)
            assert new.stop() == 0
        finally:
            new.kill()
        told = Counter(one["group"] for one in receiver.bodies() if one["change"] == "raised")
        assert told["ward-1/room-2"] == 1 and told["ward-1/room-1"] == told["ward-1/room-3"] == 0
    whole = new.audit.read_bytes().splitlines(keepends=True)
    assert whole[: len(LINES)] == LINES and verify(new.audit) == len(whole) > len(LINES)
    assert leaders(new) == ["alerts-0"] and sum(one["change"] == "led" for one in new.lines()) > 1
    raised = Counter(one["alert"]["camera"].split("/")[1] for one in new.lines() if one["change"] == "raised")
    assert raised == Counter({f"room-{number}": 1 for number in (1, 2, 3, 4)})


async def test_who_could_sign_in_can(fresh_redis: RedisServer, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "people.db")) as kept:
        kept.executescript((before.KEPT / "people.sql").read_text())
    database = Database(f"sqlite:///{tmp_path / 'people.db'}")
    await database.open()
    redis = redis_client(fresh_redis.url)
    people = People(database, redis, "home", lambda: datetime.now(UTC), time.monotonic)
    try:
        _, session = await people.sign_in.by_password("ada", before.PASSWORD, "192.0.2.1")
        assert (session.actor.name, session.actor.role) == ("ada", Role.NURSE)
    finally:
        await people.sessions.close()
        await database.close()


def test_what_its_rooms_say_is_understood_and_would_be_said_the_same() -> None:
    pain, state = (decode(*one) for one in before.messages())
    assert isinstance(pain, PainMessage) and (pain.level, pain.mode) == (2, None)
    assert isinstance(state, StateMessage) and (state.status, state.detail) == ("dark", {"frames": 12})
    assert [encode(one) for one in (pain, state)] == before.messages()
