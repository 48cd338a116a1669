"""A process killed at every step between a change that is decided and its delivery that is marked (kill -9), then
started again: the receiver hears of the change, and whatever it hears twice says so.
"""

from __future__ import annotations

import json
import resource
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from localsite.nats_pair import NatsPair
from localsite.redis_server import RedisServer
from services.alerts.audit.audit_file import verify
from tests.services.alerts.notify.killed_main import STEPS
from tests.services.alerts.notify.receiver import Receiver, receiving
from tests.services.alerts.process import AlertsProcess
from tests.services.alerts.rooms import Rooms
from tests.support.waiting import eventually

ROOM = "room-1"


class DyingProcess(AlertsProcess):
    """An alerts process that tells a receiver; with a step, it kills itself there once."""

    def __init__(
        self,
        pair: NatsPair,
        redis_url: str,
        directory: Path,
        receiver: Receiver,
        step: str = "",
        change: str = "raised",
    ) -> None:
        module = "tests.services.alerts.notify.killed_main" if step else None
        super().__init__(pair, redis_url, directory, module, webhook_urls=json.dumps([receiver.url]))
        self._environment |= {"KILL_AT": step, "KILL_ON": change, "KILL_MARKER": str(directory / "killed")}
        self._environment["PYTHONPATH"] = str(Path(__file__).parents[4])


@asynccontextmanager
async def process(
    pair: NatsPair, redis_url: str, directory: Path, receiver: Receiver, step: str = "", change: str = "raised"
) -> AsyncIterator[DyingProcess]:
    """One that runs and is ready."""
    one = DyingProcess(pair, redis_url, directory, receiver, step, change)
    await one.serve()
    try:
        yield one
    finally:
        one.kill()


async def hurt(rooms: Rooms) -> None:
    await rooms.pain(ROOM, 2, 6.0)
    await rooms.pain(ROOM, 2, 1.0)


async def ended(one: AlertsProcess) -> None:
    """Until the process is gone."""

    async def gone() -> bool:
        return one.exit_code == -signal.SIGKILL

    await eventually(gone)


async def took(receiver: Receiver, *changes: str) -> None:
    """Until the receiver has these changes, each once but for repeats."""

    async def there() -> bool:
        return receiver.changes() == list(changes)

    await eventually(there)


async def open_alert(one: AlertsProcess) -> dict[str, Any]:
    async def there() -> dict[str, Any] | None:
        async with await one.client() as client:
            found = (await client.get("/api/v1/alerts")).json()["open"]
        return found[0] if found else None

    found = await eventually(there)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("step", [step for step in STEPS if step not in ("taken", "marked")])
async def test_nothing_decided_is_lost(
    fresh_pair: NatsPair, rooms: Rooms, fresh_redis: RedisServer, tmp_path: Path, step: str
) -> None:
    """The receiver is down while the first process lives, so that only what survives the kill can reach it."""
    async with receiving() as receiver:
        receiver.down = True
        async with process(fresh_pair, fresh_redis.url, tmp_path / "alerts", receiver, step) as one:
            await hurt(rooms)
            await ended(one)
            receiver.down = False
            await one.serve()
            await took(receiver, "raised")
        assert receiver.unmarked_repeats() == []
    assert verify(tmp_path / "alerts" / "audit.jsonl") >= 1


@pytest.mark.parametrize("step", ["announced", "in the stream", "in the audit log", "taken", "marked"])
async def test_whatever_is_told_twice_says_so(
    fresh_pair: NatsPair, rooms: Rooms, fresh_redis: RedisServer, tmp_path: Path, step: str
) -> None:
    async with receiving() as receiver:
        async with process(fresh_pair, fresh_redis.url, tmp_path / "alerts", receiver, step) as one:
            await hurt(rooms)
            await ended(one)
            await one.serve()
            await took(receiver, "raised")
            alert = await open_alert(one)
            async with await one.client() as client:
                (await client.post(f"/api/v1/alerts/{alert['id']}/ack")).raise_for_status()
            await took(receiver, "raised", "acknowledged")
        assert receiver.unmarked_repeats() == []
        if step == "marked":
            assert len(receiver.taken) == 2


async def test_killed_while_the_receiver_has_it_and_has_not_answered(
    fresh_pair: NatsPair, rooms: Rooms, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    async with receiving() as receiver:
        receiver.answering.clear()
        async with process(fresh_pair, fresh_redis.url, tmp_path / "alerts", receiver) as one:
            await hurt(rooms)
            await receiver.arrived.wait()
            await written(one)
            one.kill()
            receiver.answering.set()
            await one.serve()

            async def twice() -> bool:
                return len(receiver.seen) >= 2

            await eventually(twice)
        assert receiver.unmarked_repeats() == []
        assert receiver.changes() == ["raised"]


async def written(one: AlertsProcess) -> None:
    """Until the audit log knows the change: from now on no replay would tell it."""

    async def there() -> bool:
        return raised(one) > 0

    await eventually(there)


def raised(one: AlertsProcess) -> int:
    """How many alerts the copy of the audit log has seen raised."""
    if not one.audit.exists():
        return 0
    assert verify(one.audit) >= 0
    return sum(json.loads(line)["change"] == "raised" for line in one.audit.read_bytes().splitlines())


@pytest.mark.parametrize("step", ["in the stream", "in the audit log"])
async def test_an_acknowledgement_is_told_as_well(
    fresh_pair: NatsPair, rooms: Rooms, fresh_redis: RedisServer, tmp_path: Path, step: str
) -> None:
    """One that the browser was not told to be taken may be lost; one that the audit log has may not."""
    async with receiving() as receiver:
        async with process(fresh_pair, fresh_redis.url, tmp_path / "alerts", receiver, step, "acknowledged") as one:
            await hurt(rooms)
            await took(receiver, "raised")
            receiver.down = True
            alert = await open_alert(one)
            with pytest.raises(httpx.HTTPError):
                async with await one.client() as client:
                    await client.post(f"/api/v1/alerts/{alert['id']}/ack")
            await ended(one)
            receiver.down = False
            await one.serve()
            await took(receiver, "raised", "acknowledged")
        assert receiver.unmarked_repeats() == []


async def test_a_full_disk_holds_back_neither_page_nor_webhook_and_a_kill_then_loses_nothing(
    fresh_pair: NatsPair, rooms: Rooms, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    async with receiving() as receiver:
        async with process(fresh_pair, fresh_redis.url, tmp_path / "alerts", receiver) as one:
            _, hard = resource.prlimit(one.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(one.pid, resource.RLIMIT_FSIZE, (0, hard))
            await hurt(rooms)
            alert = await open_alert(one)
            await took(receiver, "raised")

            async def said() -> bool:
                return "cannot be written" in str((await one.snapshot())["degraded"])

            await eventually(said)
            one.kill()
            assert raised(one) == 0
            await one.serve()
            await written(one)
            assert (await open_alert(one))["id"] == alert["id"]
            await took(receiver, "raised")
        assert receiver.unmarked_repeats() == []
        assert raised(one) == 1
