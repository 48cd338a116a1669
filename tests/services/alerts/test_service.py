"""The alerts process with real NATS (hub and leaf) and Redis: failures, restarts. Each test has a room of its own."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from localsite.nats_pair import NatsPair, start_pair
from localsite.pki import Pki
from localsite.process import ProcessError
from localsite.redis_server import RedisServer, start_redis
from services.alerts.audit.audit_file import verify
from services.bus.messages import encode
from services.runtime.process import ExitStatus
from tests.services.alerts.process import AlertsProcess, alerts_process
from tests.services.alerts.rooms import Rooms, rooms_on
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, pki: Pki) -> Iterator[NatsPair]:
    one = start_pair(tmp_path_factory.mktemp("ward"), pki)
    yield one
    one.stop()


@pytest.fixture(scope="module")
def shared(pair: NatsPair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AlertsProcess]:
    """One process for the last tests of this file: processes of one site share a consumer, so only one may run."""
    directory = tmp_path_factory.mktemp("shared")
    redis = start_redis(directory / "redis")
    process = AlertsProcess(pair, redis.url, directory / "alerts")

    async def start() -> None:
        await pair.wait_joined()
        await pair.provision()
        await process.serve()

    asyncio.run(start())
    yield process
    process.kill()
    redis.kill()


@pytest.fixture
async def rooms(pair: NatsPair) -> AsyncIterator[Rooms]:
    async with rooms_on(pair) as found:
        yield found


async def camera(process: AlertsProcess, room: str) -> dict[str, Any]:
    found = await process.snapshot()
    view = next(one for one in found["rooms"] if one["id"] == room)  # type: ignore[attr-defined]
    one: dict[str, Any] = view["cameras"][0]
    return one


async def alert_of(process: AlertsProcess, room: str) -> dict[str, Any]:
    """The room's open alert, once there is one."""

    async def there() -> dict[str, Any] | None:
        found: dict[str, Any] | None = (await camera(process, room))["alert"]
        return found

    found = await eventually(there)
    assert isinstance(found, dict)
    return found


async def hurt(rooms: Rooms, room: str, level: int = 2) -> None:
    """Two pieces of evidence, five seconds apart."""
    await rooms.pain(room, level, 6.0)
    await rooms.pain(room, level, 1.0)


async def post_ack(process: AlertsProcess, alert: str, by: str) -> httpx.Response:
    async with await process.client(by) as client:
        return await client.post(f"/api/v1/alerts/{alert}/ack")


def changes(process: AlertsProcess) -> list[str]:
    """What the process's whole audit log says of alerts, but of who saw them when."""
    assert verify(process.audit) > 0
    told = [json.loads(line) for line in process.audit.read_bytes().splitlines()]
    return [one["change"] for one in told if "alert" in one and one["change"] != "notified"]


async def degraded(process: AlertsProcess) -> str:
    return " ".join((await process.snapshot())["degraded"])  # type: ignore[arg-type]


async def test_pain_in_a_room_becomes_an_alert_on_the_ward(
    pair: NatsPair, rooms: Rooms, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    async with alerts_process(pair, fresh_redis.url, tmp_path / "alerts") as process:
        assert (await camera(process, "room-1"))["assessment"] == "not_assessed"
        await rooms.state("room-1", "ingest", "live")
        await hurt(rooms, "room-1", 3)
        alert = await alert_of(process, "room-1")
        assert (alert["level"], alert["status"]) == (3, "raised")
        assert (await post_ack(process, alert["id"], "Ada")).status_code == 200
        text = process.metrics()
        assert "veilward_alerts_pixel_to_level_seconds_count 2.0" in text
        assert 'veilward_alerts_stage_seconds_count{stage="scored"} 2.0' in text
        assert "veilward_alerts_onset_to_alert_seconds_count 1.0" in text
        assert 'veilward_alerts_raised_total{level="3"} 1.0' in text
        assert 'veilward_alerts_last_evidence_timestamp_seconds{camera="cam-room-1"}' in text
        assert process.stop() == 0
    assert changes(process) == ["raised", "acknowledged"]
    assert "Ada" not in process.log.read_text()


async def test_a_restart_keeps_alerts_acknowledgements_and_the_place_in_the_stream(
    pair: NatsPair, rooms: Rooms, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    async with alerts_process(pair, fresh_redis.url, tmp_path / "alerts") as process:
        await hurt(rooms, "room-2")
        alert = await alert_of(process, "room-2")
        taken = (await post_ack(process, alert["id"], "Ada")).json()
        assert process.stop() == 0
        await rooms.pain("room-2", 1, 0.5)
        await process.serve()
        again = await alert_of(process, "room-2")
        assert again == taken

        async def read_on() -> bool:
            return bool((await camera(process, "room-2"))["level"] == 1)

        await eventually(read_on)
    assert len(changes(process)) >= 2


async def test_killed_with_redis_emptied_it_is_rebuilt_from_stream_and_audit_log(
    pair: NatsPair, rooms: Rooms, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    async with alerts_process(pair, fresh_redis.url, tmp_path / "alerts") as process:
        await hurt(rooms, "room-3")
        alert = await alert_of(process, "room-3")
        await post_ack(process, alert["id"], "Ada")
        before = await camera(process, "room-3")
        lines = changes(process)
        process.kill()
        async with Redis.from_url(fresh_redis.url) as redis:
            await redis.flushall()
        await process.serve()
        after = await camera(process, "room-3")
        assert after["alert"] == before["alert"]
        assert after["trend"] == before["trend"]
        assert changes(process) == lines


async def test_without_redis_it_fires_from_memory_and_writes_back(pair: NatsPair, rooms: Rooms, tmp_path: Path) -> None:
    redis = start_redis(tmp_path / "redis")
    async with alerts_process(pair, redis.url, tmp_path / "alerts") as process:
        redis.kill()
        await hurt(rooms, "room-4", 3)
        alert = await alert_of(process, "room-4")

        async def marked() -> bool:
            return "Redis" in await degraded(process) and "veilward_alerts_redis_up 0.0" in process.metrics()

        await eventually(marked)
        assert await process.is_ready()
        assert (await post_ack(process, alert["id"], "Ada")).status_code == 200
        redis = start_redis(tmp_path / "redis")
        try:

            async def mended() -> bool:
                return "Redis" not in await degraded(process) and "veilward_alerts_redis_up 1.0" in process.metrics()

            await eventually(mended)
            async with Redis.from_url(redis.url) as client:
                kept = json.loads(await client.hget("veilward:alerts:{home}:cameras", "ward-1/room-4/cam-room-4"))
            assert kept["state"]["alert"]["ack"]["by"] == "Ada"
        finally:
            redis.kill()


async def test_started_without_redis_it_serves_and_fires(pair: NatsPair, rooms: Rooms, tmp_path: Path) -> None:
    async with alerts_process(pair, f"unix://{tmp_path}/none.sock", tmp_path / "alerts") as process:
        assert "Redis" in await degraded(process)
        await hurt(rooms, "room-5")
        assert (await alert_of(process, "room-5"))["status"] == "raised"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"raise_level": "1"}, r"0 <= clear_level < raise_level <= 3.*VEILWARD_ALERTS_RAISE_LEVEL"),
        ({"redis_url": "host:6379"}, "VEILWARD_ALERTS_REDIS_URL"),
        ({"site_file": "/nowhere/site.yaml"}, "/nowhere/site.yaml"),
        ({"audit_file": "/dev/null/audit.jsonl"}, "/dev/null/audit.jsonl"),
        ({"http_cert": "/nowhere/page.pem"}, "/nowhere/page.pem"),
    ],
)
async def test_what_the_process_is_given_wrong_is_named_and_ends_it_with_2(
    pair: NatsPair, tmp_path: Path, wrong: dict[str, str], named: str
) -> None:
    given = {"redis_url": f"unix://{tmp_path}/none.sock"} | wrong
    process = AlertsProcess(pair, directory=tmp_path / "alerts", **given)
    with pytest.raises(ProcessError, match=named):
        await process.serve()
    assert process.exit_code == ExitStatus.MISCONFIGURED


async def test_an_address_that_is_taken_ends_it_with_1(pair: NatsPair, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = AlertsProcess(pair, f"unix://{tmp_path}/none.sock", tmp_path / "alerts", http_port=port)
        with pytest.raises(ProcessError, match="Address already in use"):
            await process.serve()
    assert process.exit_code == ExitStatus.FAILED


async def test_the_page_over_tls(
    pair: NatsPair, rooms: Rooms, fresh_redis: RedisServer, pki: Pki, tmp_path: Path
) -> None:
    cert, key, ca = pki.cert("dashboard_web")
    settings = {"http_cert": str(cert), "http_key": str(key)}
    async with alerts_process(pair, fresh_redis.url, tmp_path / "alerts", **settings) as process:
        await hurt(rooms, "room-8")
        url, trust = f"https://localhost:{process.port}", ssl.create_default_context(cafile=str(ca))
        async with await process.client(url=url, verify=trust) as client:

            async def there() -> list[dict[str, Any]]:
                found = (await client.get("/api/v1/alerts")).json()["open"]
                return [one for one in found if "room-8" in one["camera"]]

            await eventually(there)
            (alert,) = await there()
            answer = await client.post(f"/api/v1/alerts/{alert['id']}/ack", headers={"Origin": url})
            assert answer.status_code == 200
            assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_poison_is_terminated_counted_and_kept_as_metadata_only(
    pair: NatsPair, rooms: Rooms, shared: AlertsProcess
) -> None:
    subject, headers, body = encode(rooms.epoch.pain("room-6", 3, datetime.now(UTC)))
    raw = await pair.client("snni_client")
    try:
        await raw.jetstream().publish(subject, body.replace(b'"level":3', b'"level":"SECRET"'), headers=headers)
    finally:
        await raw.close()
    await rooms.pain("room-6", 1, 0.5)

    async def applied() -> bool:
        return (await camera(shared, "room-6"))["level"] == 1

    await eventually(applied)
    async with await shared.client() as client:
        rejected = (await client.get("/api/v1/rejected")).json()
    assert {"subject": subject, "reason": "bad_body"}.items() <= rejected[-1].items()
    assert 'veilward_alerts_poison_total{reason="bad_body"}' in shared.metrics()
    everything = shared.log.read_text() + json.dumps(rejected) + shared.metrics()
    assert "SECRET" not in everything


async def test_the_hub_dies_and_returns(pair: NatsPair, rooms: Rooms, shared: AlertsProcess) -> None:
    pair.hub.kill()

    async def noticed() -> bool:
        return "message bus" in await degraded(shared) and not await shared.is_whole()

    await eventually(noticed)
    assert await shared.is_ready(), "taken out of its Service, the page could tell nobody"
    assert "nothing new can arrive" in await degraded(shared)
    await hurt(rooms, "room-7", 3)
    pair.restart_hub()
    assert (await alert_of(shared, "room-7"))["level"] == 3
    await eventually(shared.is_whole)
