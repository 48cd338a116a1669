"""Redis: killed, restarted, emptied, foreign. Against a real redis-server."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from localsite.redis_server import RedisServer, start_redis
from services.alerts.errors import StoreCorrupt, StoreUnavailable
from services.alerts.state.redis_store import RedisStore
from tests.services.alerts.bench import NOWHERE, START, Bench
from tests.support.waiting import PATIENCE_S

META = "veilward:alerts:{home}:meta"


async def emptied(url: str) -> None:
    async with Redis.from_url(url) as redis:
        await redis.flushall()


async def test_nothing_is_kept_at_first(fresh_redis: RedisServer) -> None:
    store = RedisStore(fresh_redis.url, "home", timeout_s=PATIENCE_S)
    assert await store.load() is None
    await store.close()


async def test_what_is_kept_is_loaded_again(fresh_redis: RedisServer, tmp_path: Path) -> None:
    bench = Bench(tmp_path, fresh_redis.url)
    assert await bench.mirror.write_back()
    alert = await bench.raised()
    await bench.accept(alert, "Ada")
    await bench.raised("room-3", 2)
    await bench.pain(20, 0, "room-3")
    bench.mirror.sequence = 77
    await bench.pain(33, 0, "room-3")
    saved = await RedisStore(fresh_redis.url, "home", timeout_s=PATIENCE_S).load()
    assert saved is not None
    assert {record.state.camera: record for record in saved.records} == bench.ward_state.cameras
    assert list(saved.history) == list(bench.ward_state.history)
    assert (saved.kept_at, saved.stream_sequence) == (bench.now, 77)


async def test_a_killed_redis_is_noticed_and_written_back(tmp_path: Path) -> None:
    redis = start_redis(tmp_path / "redis")
    bench = Bench(tmp_path, redis.url)
    await bench.mirror.write_back()
    await bench.raised()
    redis.kill()
    alert = await bench.raised("room-3", 3, 10)
    assert not bench.mirror.available
    assert [one.id for one in bench.ward_state.open_alerts()].count(alert) == 1
    await bench.accept(alert, "Ada")
    await bench.tick(20)
    assert bench.value("redis_up") == 0
    assert not await bench.mirror.write_back()
    again = start_redis(tmp_path / "redis")
    try:
        assert await bench.mirror.write_back()
        await bench.tick(21)
        assert bench.value("redis_up") == 1
        saved = await RedisStore(again.url, "home", timeout_s=PATIENCE_S).load()
        assert saved is not None
        assert {record.state.camera: record for record in saved.records} == bench.ward_state.cameras
    finally:
        again.kill()


async def test_a_silent_loss_shows_without_an_event(tmp_path: Path) -> None:
    redis = start_redis(tmp_path / "redis")
    bench = Bench(tmp_path, redis.url)
    await bench.mirror.write_back()
    assert await bench.mirror.ping()
    redis.kill()
    assert not await bench.mirror.ping()


async def test_an_emptied_redis_is_filled_again_by_the_next_write(fresh_redis: RedisServer, tmp_path: Path) -> None:
    bench = Bench(tmp_path, fresh_redis.url)
    await bench.mirror.write_back()
    await bench.raised()
    await emptied(fresh_redis.url)
    await bench.pain(10, 2, "room-3")
    saved = await RedisStore(fresh_redis.url, "home", timeout_s=PATIENCE_S).load()
    assert saved is not None
    assert {record.state.camera for record in saved.records} == set(bench.ward_state.cameras)


async def test_before_the_stream_is_read_redis_remembers_from_where(fresh_redis: RedisServer, tmp_path: Path) -> None:
    bench = Bench(tmp_path, fresh_redis.url)
    bench.mirror.complete_until = START
    bench.at(500)
    await bench.mirror.write_back()
    saved = await bench.store.load()
    assert saved is not None
    assert saved.kept_at == START


async def test_another_format_and_nonsense_are_refused(fresh_redis: RedisServer, tmp_path: Path) -> None:
    bench = Bench(tmp_path, fresh_redis.url)
    await bench.mirror.write_back()
    async with Redis.from_url(fresh_redis.url) as redis:
        await redis.hset(META, "format", "1")
        with pytest.raises(StoreCorrupt):
            await bench.store.load()
        await redis.hset(META, "format", "3")
        await redis.hset("veilward:alerts:{home}:cameras", "ward-1/room-1/cam-room-1", "{}")
        with pytest.raises(StoreCorrupt):
            await bench.store.load()


async def test_no_redis_is_a_typed_error() -> None:
    with pytest.raises(StoreUnavailable):
        await RedisStore(NOWHERE, "home").load()
