"""The alerts process says consents to a room on the real bus: answers, numbers over a kill, a pause at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from localsite.nats_pair import NatsPair
from localsite.redis_server import RedisServer
from services.alerts.audit.signature import make_keys, public_key
from services.bus.models import ConsentMessage
from services.bus.statement import Statement, opened
from services.bus.subjects import CONSENT_ALL
from tests.services.alerts.process import AlertsProcess
from tests.services.alerts.rooms import rooms_on
from tests.support.waiting import eventually

ROOM, CAMERA = "room-1", "cam-room-1"


class Listener:
    """What a room's ingest hears of one camera. key: the ward's public one."""

    def __init__(self, key: Ed25519PublicKey) -> None:
        self.key = key
        self.heard: list[Statement] = []

    async def newest(self, question: str, paused: bool) -> Statement:
        """The newest statement, once it answers a question and has a pause, or none."""

        async def there() -> Statement | None:
            last = self.heard[-1] if self.heard else None
            return last if last and last.answers == question and bool(last.windows) == paused else None

        found = await eventually(there)
        assert found is not None
        return found


@asynccontextmanager
async def listening(pair: NatsPair, key: Ed25519PublicKey) -> AsyncIterator[Listener]:
    """Hear as `ingest` does, on the leaf."""
    one = Listener(key)
    async with pair.bus("ingest", streams=False) as bus:
        subscription = await bus.subscribe(CONSENT_ALL)

        async def hear() -> None:
            async for message in subscription:
                if isinstance(message, ConsentMessage) and message.envelope.camera.camera == CAMERA:
                    one.heard.append(opened(message.statement, message.signature, [key]))

        task = asyncio.create_task(hear())
        try:
            yield one
        finally:
            task.cancel()


async def test_a_room_is_answered_and_a_killed_leader_goes_on_counting(
    fresh_pair: NatsPair, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    make_keys(tmp_path / "consent.key", tmp_path / "consent.pub")
    key = public_key(tmp_path / "consent.pub")
    process = AlertsProcess(fresh_pair, fresh_redis.url, tmp_path / "alerts", consent_key=tmp_path / "consent.key")
    async with rooms_on(fresh_pair) as rooms, listening(fresh_pair, key) as room:
        try:
            await process.serve()
            first, second = "a1" * 16, "b2" * 16
            await rooms.state(ROOM, "ingest", "consent_unknown", detail={"consent_asks": first})
            told = await room.newest(first, paused=False)
            assert (told.basis, told.allows) == ("none", False)
            async with await process.client() as ada:
                answer = await ada.post(f"/api/v1/pauses/ward-1/{ROOM}", json={"minutes": 30, "reason": "washing"})
                assert answer.status_code == 200, answer.text
            paused = await room.newest(first, paused=True)
            assert paused.windows[0].why == "washing"
            process.kill()
            count = len(room.heard)
            await process.serve()
            await rooms.state(ROOM, "ingest", "paused", detail={"consent_asks": second})
            again = await room.newest(second, paused=True)
            assert again.windows == paused.windows, "the audit log gives it back"
            async with await process.client() as ada:
                assert (await ada.post(f"/api/v1/pauses/ward-1/{ROOM}/end")).status_code == 200
            await room.newest(second, paused=False)
        finally:
            process.kill()
    numbers = [one.number for one in room.heard]
    assert numbers == sorted(set(numbers))
    assert numbers[count] - numbers[count - 1] > 2**31, "another term"
