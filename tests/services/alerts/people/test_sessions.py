"""Sessions with a real Redis: found, idle, ended anywhere, and kept through a Redis that goes and comes back."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from localsite.redis_server import RedisServer, start_redis
from services.alerts.actor import Actor, Role, Way
from services.alerts.people import sessions as module
from services.alerts.people.sessions import Sessions
from services.alerts.redis_client import redis_client
from tests.services.alerts.people.crowd import NOWHERE, START
from tests.support.waiting import PATIENCE_S

ADA = Actor("a1", "Ada", Role.NURSE, ("ward-1",), Way.PASSWORD)
IDLE, LONGEST = timedelta(hours=1), timedelta(hours=12)


class House:
    """Replicas of one site on one Redis, and their clock."""

    def __init__(self, url: str) -> None:
        self.now = START
        self.url = url
        self.replicas: list[Sessions] = []

    def replica(self) -> Sessions:
        one = Sessions(redis_client(self.url, timeout_s=PATIENCE_S), "home", lambda: self.now)
        self.replicas.append(one)
        return one


@pytest.fixture
async def house(fresh_redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(module, "ASK_AGAIN_S", 0.0)
    one = House(fresh_redis.url)
    yield one
    for replica in one.replicas:
        await replica.close()


async def test_a_session_is_found_by_its_key_in_every_replica_and_after_a_restart(house: House) -> None:
    key, session = await house.replica().begin(ADA, IDLE, LONGEST)
    assert await house.replica().find(key) == session
    assert await house.replica().find(key[:-1]) is None
    assert await house.replica().find("") is None


async def test_redis_holds_no_key(house: House) -> None:
    replica = house.replica()
    key, session = await replica.begin(ADA, IDLE, LONGEST)
    everything = str(await replica._redis.hgetall(replica._all))
    assert session.key in everything
    assert key not in everything
    assert key not in repr(session)


async def test_a_session_that_is_used_lasts_on_and_one_that_is_not_ends(house: House) -> None:
    replica = house.replica()
    key, _ = await replica.begin(ADA, IDLE, LONGEST)
    for _ in range(3):
        house.now += IDLE - timedelta(seconds=1)
        assert await house.replica().find(key)
    house.now += IDLE
    assert await house.replica().find(key) is None
    house.now = START
    assert await replica.find(key) is None


async def test_looking_does_not_keep_a_session_alive(house: House) -> None:
    replica = house.replica()
    key, session = await replica.begin(ADA, IDLE, LONGEST)
    house.now += IDLE - timedelta(seconds=1)
    assert await replica.look(session.key)
    assert await replica.find(key, used=False)
    house.now += timedelta(seconds=1)
    assert await replica.look(session.key) is None


async def test_no_use_outlasts_the_end(house: House) -> None:
    replica = house.replica()
    key, _ = await replica.begin(ADA, IDLE, LONGEST)
    end = START + LONGEST
    while house.now < end - timedelta(minutes=30):
        house.now += timedelta(minutes=30)
        assert await replica.find(key)
    house.now = end
    assert await replica.find(key) is None


async def test_what_ends_in_one_replica_ends_in_all_and_listeners_hear_it(house: House) -> None:
    one, other = house.replica(), house.replica()
    key, session = await one.begin(ADA, IDLE, LONGEST)
    house.now += timedelta(minutes=1)
    assert await other.find(key)
    heard: list[bool] = []
    one.listeners.append(lambda: heard.append(True))
    await one.end(session.key)
    assert heard == [True]
    assert await one.find(key) is None
    assert await other.find(key) is None
    await other._redis.hset(other._seen, session.key, "2026-03-01T09:00:00+00:00")
    assert await house.replica().find(key) is None


async def test_all_are_listed_and_those_of_a_kind_ended(house: House) -> None:
    one = house.replica()
    keys = [(await one.begin(ADA, IDLE, LONGEST))[0] for _ in range(2)]
    house.now += timedelta(seconds=1)
    other, _ = await one.begin(dataclasses.replace(ADA, id="b1"), IDLE, LONGEST)
    again = house.replica()
    assert [session.actor.id for session in await again.all()] == ["b1", "a1", "a1"]
    assert await again.end_all(lambda session: session.actor.id == "a1") == 2
    assert [await one.find(key) is None for key in (*keys, other)] == [True, True, False]
    house.now += IDLE
    assert await again.all() == []


async def test_what_is_not_a_session_is_none(house: House) -> None:
    replica = house.replica()
    key, session = await replica.begin(ADA, IDLE, LONGEST)
    for wrong in ("", "{}", "[]", '{"actor": {"role": "king"}}'):
        await replica._redis.hset(replica._all, session.key, wrong)
        assert await house.replica().find(key) is None
        assert await house.replica().all() == []


async def test_without_redis_people_sign_in_stay_and_go(house: House, tmp_path: Path) -> None:
    redis = start_redis(tmp_path / "away")
    house.url = redis.url
    replica = house.replica()
    stays, _ = await replica.begin(ADA, IDLE, LONGEST)
    goes, gone = await replica.begin(ADA, IDLE, LONGEST)
    redis.kill()
    house.now += timedelta(minutes=1)
    assert await replica.find(stays)
    comes, _ = await replica.begin(ADA, IDLE, LONGEST)
    await replica.end(gone.key)
    assert await replica.find(comes)
    assert await replica.find(goes) is None
    assert len(await replica.all()) == 2
    redis = start_redis(tmp_path / "away")
    try:
        await replica.write_back()
        fresh = house.replica()
        assert [await fresh.find(key) is not None for key in (stays, comes, goes)] == [True, True, False]
    finally:
        redis.kill()


async def test_a_redis_that_was_never_there(house: House) -> None:
    house.url = NOWHERE
    replica = house.replica()
    key, _ = await replica.begin(ADA, IDLE, LONGEST)
    assert await replica.find(key)
    assert await house.replica().find(key) is None


async def test_memory_is_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    house.url = NOWHERE
    replica = house.replica()
    keys = []
    for _ in range(4):
        keys.append((await replica.begin(ADA, IDLE, LONGEST))[0])
        house.now += timedelta(seconds=1)
    assert [await replica.find(key) is not None for key in keys] == [False, True, True, True]
