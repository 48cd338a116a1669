"""Two replicas with real NATS and Redis: one leads, the other serves by asking it, and leads when it must."""

from __future__ import annotations

import asyncio
import json
import signal
import ssl
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from localsite.nats_pair import NatsPair
from localsite.pki import Pki
from localsite.redis_server import RedisServer
from services.alerts.audit.audit_file import verify
from services.alerts.leading.lease import LOOK_S, RENEW_S, TTL_S
from tests.services.alerts.notify.receiver import receiving
from tests.services.alerts.replicas import Replica, leaders, leads, two_replicas
from tests.services.alerts.rooms import Rooms
from tests.support.waiting import PATIENCE_S, eventually


async def hurt(rooms: Rooms, room: str, level: int = 2) -> None:
    await rooms.pain(room, level, 6.0)
    await rooms.pain(room, level, 1.0)


async def alerts(replica: Replica) -> dict[str, Any]:
    async with await replica.client() as client:
        answer = await client.get("/api/v1/alerts")
        return dict(answer.json()) if answer.status_code == 200 else {"open": [], "history": []}


async def open_in(replica: Replica, room: str) -> dict[str, Any]:
    """The room's open alert as a replica shows it, once it does."""

    async def there() -> dict[str, Any] | None:
        found = (await alerts(replica))["open"]
        return next((one for one in found if f"/{room}/" in one["camera"]), None)

    found = await eventually(there)
    assert isinstance(found, dict)
    return found


async def accept(replica: Replica, alert: str, name: str) -> httpx.Response:
    """Accept an alert at a replica, again while nobody leads."""

    async def answered() -> httpx.Response | None:
        async with await replica.client(name) as client:
            answer = await client.post(f"/api/v1/alerts/{alert}/ack")
        return None if answer.status_code == 503 else answer

    found = await eventually(answered)
    assert found is not None
    return found


async def same_log(*replicas: Replica) -> list[dict[str, Any]]:
    """Until all copies of the audit log are equal; the log, whose chain is whole."""

    async def equal() -> bool:
        return len({one.audit.read_bytes() for one in replicas}) == 1

    await eventually(equal)
    assert verify(replicas[0].audit) > 0
    return replicas[0].lines()


def doubled(lines: list[dict[str, Any]]) -> list[object]:
    """Alerts that were raised, or ended, more than once."""
    steps = [(one["change"], one["alert"]["id"]) for one in lines if one["change"] in ("raised", "cleared", "resolved")]
    return [step for step, times in Counter(steps).items() if times > 1]


def test_another_leads_within_five_seconds() -> None:
    assert RENEW_S + TTL_S + LOOK_S < 5
    assert RENEW_S * 3 <= TTL_S, "two renewals may be lost"


async def test_a_follower_serves_everything_as_the_leader_does(
    fresh_pair: NatsPair, rooms: Rooms, fresh_redis: RedisServer, tmp_path: Path, pki: Pki
) -> None:
    cert, key, ca = pki.cert("dashboard_web")
    settings = {"http_cert": str(cert), "http_key": str(key)}
    async with two_replicas(fresh_pair, fresh_redis.url, tmp_path, **settings) as (leader, follower):
        await hurt(rooms, "room-1")
        url = f"https://localhost:{follower.port}"
        async with await follower.client(url=url, verify=ssl.create_default_context(cafile=ca)) as client:

            async def there() -> list[dict[str, Any]]:
                return list((await client.get("/api/v1/alerts")).json()["open"])

            (alert,) = await eventually(there)
            page = await client.get("/api/v1/ward/ward-1")
            assert page.status_code == 200
            assert "Room 1" in page.text
            assert page.headers["content-security-policy"]
            async with client.stream("GET", "/events?ward=ward-1") as events:
                parts = events.aiter_text()
                assert "event: beat" in await anext(parts)
                answer = await client.post(f"/api/v1/alerts/{alert['id']}/ack", headers={"Origin": url})
                assert answer.json()["ack"]["by"] == "Ada"
                told = ""
                async for part in parts:
                    told += part
                    if "Ada" in told:
                        break
            foreign = await client.post(f"/api/v1/alerts/{alert['id']}/ack", headers={"Origin": "https://elsewhere"})
            assert foreign.status_code == 403
            assert (await client.get("/", headers={"Host": "elsewhere"})).status_code == 421
        lines = await same_log(leader, follower)
        assert [one["alert"]["id"] for one in lines if one["change"] == "acknowledged"] == [alert["id"]]
        assert leaders(follower)[:1] == ["alerts-0"]


async def test_killed_and_replaced(
    fresh_pair: NatsPair, rooms: Rooms, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    async with receiving() as receiver:
        receiver.down = True
        hooks = json.dumps([receiver.url])
        async with two_replicas(fresh_pair, fresh_redis.url, tmp_path, webhook_urls=hooks) as (leader, follower):
            await hurt(rooms, "room-1")
            alert = await open_in(follower, "room-1")
            assert (await accept(follower, alert["id"], "Ada")).status_code == 200
            async with await follower.client() as client, client.stream("GET", "/events?ward=ward-1") as events:
                parts = events.aiter_text()
                assert "event: beat" in await anext(parts)
                leader.kill()
                async with asyncio.timeout(PATIENCE_S):
                    async for _ in parts:  # it ends as a whole answer does
                        continue
            receiver.down = False
            await hurt(rooms, "room-3", 3)
            await leads(follower)
            assert (await open_in(follower, "room-1"))["ack"]["by"] == "Ada"
            new = await open_in(follower, "room-3")

            async def told() -> bool:
                return {one["change"] for one in receiver.bodies()} >= {"raised", "acknowledged"}

            await eventually(told)
            await leader.begin()
            lines = await same_log(leader, follower)
            assert leaders(leader)[:2] == ["alerts-0", "alerts-1"]
            assert doubled(lines) == []
            assert {alert["id"], new["id"]} <= {one["alert"]["id"] for one in lines if one["change"] == "raised"}
            assert (await open_in(leader, "room-3"))["id"] == new["id"]
            assert "ASGI callable returned" not in follower.log.read_text()
        assert receiver.unmarked_repeats() == []


async def test_a_follower_that_is_killed_changes_nothing_and_comes_back(
    fresh_pair: NatsPair, rooms: Rooms, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    async with two_replicas(fresh_pair, fresh_redis.url, tmp_path) as (leader, follower):
        follower.kill()
        await hurt(rooms, "room-1")
        alert = await open_in(leader, "room-1")
        assert set(leaders(leader)) == {"alerts-0"}  # on a busy machine it may have had to take the lease again
        await follower.begin()
        assert (await open_in(follower, "room-1"))["id"] == alert["id"]
        lines = await same_log(leader, follower)
        assert doubled(lines) == []


async def test_stopped_and_awake_again_it_writes_nothing(
    fresh_pair: NatsPair, rooms: Rooms, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    """The promise ends while the old leader is stopped: it wakes with a timer that is due, and with acts that wait."""
    async with receiving() as receiver:
        settings = {"webhook_urls": json.dumps([receiver.url]), "repeat_s": 2.0, "ack_timeout_s": 4.0}
        async with two_replicas(fresh_pair, fresh_redis.url, tmp_path, **settings) as (old, new):
            await hurt(rooms, "room-1", 3)
            alert = await open_in(old, "room-1")
            assert (await accept(old, alert["id"], "Ada")).status_code == 200
            await (await old.client("Bo")).aclose()
            await asyncio.to_thread(old.stand_still)
            waiting = asyncio.create_task(accept(old, alert["id"], "Bo"))
            await leads(new)
            await changed(new, "ack_expired")
            await changed(new, "repeated")
            old.signal(signal.SIGCONT)
            answer = await waiting
            assert answer.status_code in (200, 409)  # by the new leader, whom it asks now
            await hurt(rooms, "room-3")
            await open_in(old, "room-3")
            lines = await same_log(old, new)
        assert leaders(new)[:2] == ["alerts-0", "alerts-1"]
        begun = next(number for number, one in enumerate(lines) if one.get("details") == {"replica": "alerts-1"})
        assert any(one["event"] == "deposed" for one in old.events())  # and on a busy machine once more, maybe
        assert doubled(lines) == []
        assert begun > 0
        signals = [one["alert"]["signals"] for one in lines if "alert" in one and one["alert"]["id"] == alert["id"]]
        assert signals == sorted(signals)
        assert receiver.unmarked_repeats() == []


async def changed(replica: Replica, change: str) -> None:
    """Until a replica's log has a change of this kind."""

    async def there() -> bool:
        return any(one["change"] == change for one in replica.lines())

    await eventually(there)


async def test_one_that_is_told_to_stop_is_replaced_at_once_and_comes_back_as_a_follower(
    fresh_pair: NatsPair, rooms: Rooms, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    async with two_replicas(fresh_pair, fresh_redis.url, tmp_path) as (leader, follower):
        await hurt(rooms, "room-1")
        alert = await open_in(leader, "room-1")
        assert leader.stop() == 0
        await leads(follower)
        assert (await open_in(follower, "room-1"))["id"] == alert["id"]
        await leader.begin()
        assert (await open_in(leader, "room-1"))["id"] == alert["id"]
        lines = await same_log(leader, follower)
        assert (doubled(lines), leaders(leader)[:2]) == ([], ["alerts-0", "alerts-1"])


async def test_without_a_bus_the_leader_leads_on(
    fresh_pair: NatsPair, rooms: Rooms, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    """Nobody can take the lease meanwhile; timers run, acts are taken, and stand in the log when the bus is back."""
    async with two_replicas(fresh_pair, fresh_redis.url, tmp_path, ack_timeout_s=3.0) as (leader, follower):
        await hurt(rooms, "room-1", 3)
        alert = await open_in(leader, "room-1")
        fresh_pair.hub.kill()
        before = leaders(leader)
        assert (await accept(follower, alert["id"], "Ada")).status_code == 200

        async def again() -> bool:
            return bool((await open_in(leader, "room-1"))["status"] == "raised")

        await eventually(again)
        assert leaders(leader) == before
        fresh_pair.restart_hub()
        await changed(follower, "ack_expired")
        lines = await same_log(leader, follower)
        told = [one["change"] for one in lines if "alert" in one]
        assert [one for one in told if one in ("acknowledged", "ack_expired")] == ["acknowledged", "ack_expired"]
        assert doubled(lines) == []
        assert leaders(leader)[: len(before)] == before  # with the bus back, either may be the first to write


async def test_two_processes_with_one_copy_are_refused(
    fresh_pair: NatsPair, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    async with two_replicas(fresh_pair, fresh_redis.url, tmp_path) as (leader, _):
        second = Replica(fresh_pair, fresh_redis.url, tmp_path, "alerts-2", audit_file=leader.audit)
        second.start()

        async def refused() -> bool:
            return second.exit_code == 2

        await eventually(refused)
        assert "each replica needs its own" in second.log.read_text()


async def test_a_second_replica_with_a_database_of_its_own_is_refused_and_one_that_takes_its_place_is_not(
    fresh_pair: NatsPair, rooms: Rooms, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    """SQLite, a file each: two books of who may sign in. Who leads is not disturbed; dead, it is replaced."""

    def own(name: str) -> Replica:
        database = f"sqlite:///{tmp_path}/{name}.db"
        return Replica(fresh_pair, fresh_redis.url, tmp_path, name, database_url=database)

    first, second = own("alerts-0"), own("alerts-1")
    try:
        await first.begin()
        await leads(first)
        await hurt(rooms, "room-1")
        alert = await open_in(first, "room-1")
        second.start()

        async def refused() -> bool:
            return second.exit_code == 2

        await eventually(refused)
        assert "several replicas need one PostgreSQL: VEILWARD_ALERTS_DATABASE_URL" in second.log.read_text()
        assert (await open_in(first, "room-1"))["id"] == alert["id"]
        first.kill()
        await second.begin()
        await leads(second)
        assert (await open_in(second, "room-1"))["id"] == alert["id"]
    finally:
        first.kill()
        second.kill()
