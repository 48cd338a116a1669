"""The alerts process hears a room whose clock is hours off: its pain calls as any other's, and its clock is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from localsite.nats_pair import NatsPair
from localsite.redis_server import RedisServer
from tests.services.alerts.process import alerts_process
from tests.services.alerts.rooms import rooms_on
from tests.support.waiting import eventually

HOURS = 2 * 3600.0


@pytest.mark.parametrize("wrong_s", [-HOURS, HOURS])
async def test_pain_counts_from_its_reception_and_no_latency_is_measured_by_that_clock(
    fresh_pair: NatsPair, fresh_redis: RedisServer, tmp_path: Path, wrong_s: float
) -> None:
    async with (
        rooms_on(fresh_pair) as rooms,
        alerts_process(fresh_pair, fresh_redis.url, tmp_path / "alerts") as process,
    ):
        began = datetime.now(UTC)
        for ago_s in (6.0, 1.0):
            await rooms.pain("room-1", 2, ago_s, clock_s=wrong_s)

        async def raised() -> object:
            return (await process.snapshot())["open"]

        (alert,) = await eventually(raised)  # type: ignore[misc]
        assert began - timedelta(seconds=6) <= datetime.fromisoformat(alert["onset_at"]) <= datetime.now(UTC)

        async def named() -> bool:
            alarms: list[dict[str, str]] = (await process.snapshot())["alarms"]  # type: ignore[assignment]
            return ("ward-1/room-1/cam-room-1", "clock") in [(one["camera"], one["code"]) for one in alarms]

        await eventually(named)
        told = process.metrics()
        assert 'veilward_alerts_messages_total{kind="pain",verdict="applied"} 2.0' in told
        assert "veilward_alerts_pixel_to_level_seconds_count 0.0" in told
        assert "veilward_alerts_clock_wrong_cameras 1.0" in told
