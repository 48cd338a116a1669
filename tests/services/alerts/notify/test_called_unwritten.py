"""A leader that goes on calling while neither the log nor Redis can be reached, and dies: its successor, which knows of
none of these calls, comes to them by its own timers, and says of each that it may be a repeat.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from localsite.nats_pair import start_pair
from localsite.pki import Pki
from localsite.redis_server import start_redis
from tests.services.alerts.notify.receiver import Receiver, receiving
from tests.services.alerts.process import AlertsProcess
from tests.services.alerts.rooms import rooms_on
from tests.support.waiting import eventually

UNWRITTEN = 3


async def called(receiver: Receiver, signals: int) -> None:
    """Until it was told of a call of this number."""

    async def there() -> bool:
        return newest(receiver) >= signals

    await eventually(there)


def newest(receiver: Receiver) -> int:
    return max((one["alert"]["signals"] for one in receiver.bodies()), default=0)


async def test_calls_that_nobody_could_write_down_are_marked_when_they_come_again(tmp_path: Path, pki: Pki) -> None:
    (tmp_path / "nats").mkdir()
    pair, redis = start_pair(tmp_path / "nats", pki), start_redis(tmp_path / "redis")
    try:
        async with receiving() as receiver, rooms_on(pair) as rooms:
            told = {"webhook_urls": json.dumps([receiver.url]), "repeat_s": 1.0}
            one = AlertsProcess(pair, redis.url, tmp_path / "alerts", **told)  # type: ignore[arg-type]
            await one.serve()
            try:
                await rooms.pain("room-1", 3, 6.0)
                await rooms.pain("room-1", 3, 1.0)
                await called(receiver, 1)
                pair.hub.kill()
                redis.kill()
                await called(receiver, newest(receiver) + UNWRITTEN)
                one.kill()
                last = newest(receiver)
                pair.restart_hub()
                redis = start_redis(tmp_path / "redis-anew")
                one = AlertsProcess(pair, redis.url, tmp_path / "alerts", **told)  # type: ignore[arg-type]
                await one.serve()
                await called(receiver, last + 1)
            finally:
                one.kill()
            repeats = [name for name, times in Counter(one["id"] for one in receiver.bodies()).items() if times > 1]
            assert len(repeats) > 1, "the successor knew of what its predecessor could write nowhere"
            assert receiver.unmarked_repeats() == []
    finally:
        redis.kill()
        pair.stop()
