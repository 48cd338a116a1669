"""The alerts process on a machine whose wall clock is set while it runs, and while it does not."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from localsite.nats_pair import NatsPair
from localsite.redis_server import RedisServer
from tests.services.alerts.process import AlertsProcess
from tests.services.alerts.rooms import Rooms
from tests.support.waiting import eventually

ACK_S = 10.0


class MovedProcess(AlertsProcess):
    """A process whose wall clock the test sets."""

    def __init__(self, pair: NatsPair, redis_url: str, directory: Path) -> None:
        self.offset = directory / "offset"
        module = "tests.services.alerts.set_clock_main"
        super().__init__(pair, redis_url, directory, module, ack_timeout_s=ACK_S)
        self._environment |= {"WALL_OFFSET": str(self.offset), "PYTHONPATH": str(Path(__file__).parents[3])}
        self.set_clock(0)

    def set_clock(self, seconds: float) -> None:
        """To so many seconds from the true time, in one write."""
        new = self.offset.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(self.offset)


@asynccontextmanager
async def moved(pair: NatsPair, redis_url: str, directory: Path) -> AsyncIterator[MovedProcess]:
    one = MovedProcess(pair, redis_url, directory)
    await one.serve()
    try:
        yield one
    finally:
        one.kill()


async def open_alert(process: AlertsProcess) -> dict[str, Any]:
    async def there() -> dict[str, Any] | None:
        found = (await process.snapshot())["open"]
        assert isinstance(found, list)
        return found[0] if found else None

    found = await eventually(there)
    assert isinstance(found, dict)
    return found


async def acknowledge(process: AlertsProcess, alert: str) -> None:
    async with await process.client() as client:
        (await client.post(f"/api/v1/alerts/{alert}/ack")).raise_for_status()


async def until_called_again(process: AlertsProcess) -> None:
    """The promise of ACK_S seconds runs out: far sooner than the ten minutes by which the clock was set."""

    async def again() -> bool:
        return (await open_alert(process))["signals"] == 2

    await eventually(again)


async def hurt(rooms: Rooms) -> None:
    await rooms.pain("room-1", 2, 6.0)
    await rooms.pain("room-1", 2, 1.0)


async def test_a_clock_set_back_is_told_and_an_acknowledgement_still_runs_out(
    fresh_pair: NatsPair, rooms: Rooms, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    async with moved(fresh_pair, fresh_redis.url, tmp_path / "alerts") as process:
        await hurt(rooms)
        alert = await open_alert(process)
        await acknowledge(process, alert["id"])
        process.set_clock(-600)

        async def told() -> bool:
            return "was set back by 10 min 0 s" in " ".join((await process.snapshot())["degraded"])  # type: ignore[arg-type]

        await eventually(told)
        after = await open_alert(process)
        apart = datetime.fromisoformat(alert["raised_at"]) - datetime.fromisoformat(after["raised_at"])
        assert apart.total_seconds() == pytest.approx(600, abs=1)
        assert "veilward_alerts_clock_steps_total 1.0" in process.metrics()
        await until_called_again(process)
        await rooms.pain("room-1", 3, 0.5)

        async def heard() -> bool:
            return (await open_alert(process))["level"] == 3

        await eventually(heard)


async def test_a_clock_set_back_while_it_does_not_run_holds_no_acknowledgement_open(
    fresh_pair: NatsPair, rooms: Rooms, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    async with moved(fresh_pair, fresh_redis.url, tmp_path / "alerts") as process:
        await hurt(rooms)
        await acknowledge(process, (await open_alert(process))["id"])
        assert process.stop() == 0
        process.set_clock(-3600)
        await process.serve()  # for as long as a busy machine needs: the promise may run out meanwhile
        await until_called_again(process)

        async def written() -> list[str]:
            lines = map(json.loads, process.audit.read_bytes().rpartition(b"\n")[0].splitlines())
            changes = [one["change"] for one in lines if "alert" in one]
            return changes[:3] if len(changes) > 2 else []

        # The page shows a change before the log has it: a process that is killed in between writes it when it is back.
        assert await eventually(written) == ["raised", "acknowledged", "ack_expired"]
