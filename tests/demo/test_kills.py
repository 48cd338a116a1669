"""kill -9 of every process of the line, at logged states: it recovers; nothing is used twice, nothing lost.

Crops are published as the keyframe service would; everything else is the demo's own stack at shipped parameters.
"""

import asyncio
import json
import time
import urllib.request
import uuid
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError

import pytest

from localsite.site_file import ROOM, SITE, WARD
from localsite.stack import CAMERA, Stack
from services.bus.errors import BusError
from services.bus.models import CameraRef, CropMessage, Envelope, PainMessage
from services.bus.nats_bus import Bus
from services.bus.subjects import STREAM_WARD
from tests.support.waiting import PATIENCE_S, eventually, until
from training.data.build import samples_of
from training.synth.splits import seed_of

BUNDLE = Path(__file__).parents[2] / "models" / "squeezenet-synthetic"
RECOVERY_S = 3 * PATIENCE_S  # a whole pool is filled anew in it
REF = CameraRef(site=SITE, ward=WARD, room=ROOM, camera=CAMERA)


class Room:
    """Publishes crops as keyframe, through losses of the leaf."""

    def __init__(self, stack: Stack, bus: Bus) -> None:
        self.stack, self.bus = stack, bus
        self.producer, self.sequence = uuid.uuid4().hex, 0
        painful = samples_of(seed_of("test", 7000), per_level=1)[0][-1]
        assert painful.units.level == 3
        self.picture = painful.crop.tobytes()

    async def publish(self) -> None:
        now = datetime.now(UTC)
        envelope = Envelope(
            camera=REF, sequence=self.sequence, producer=self.producer, captured_at=now, published_at=now
        )
        self.sequence += 1
        crop = {"format": "224x224x3", "width": 224, "height": 224, "channels": 3, "data": self.picture}
        try:
            await self.bus.publish_durable(
                CropMessage(envelope=envelope, forced=False, faces_seen=1, detector_confidence=0.9, **crop),
                timeout_s=2.0,
            )
        except BusError:
            return  # the leaf is away: the newest crop is taken again in a moment

    def scored(self) -> list[tuple[int, int]]:
        """(crop sequence, correlation) of every level that the leaf acknowledged."""
        events = self.stack.services["snni_client"].events()
        return [(event["sequence"], event["number"]) for event in events if event["event"] == "scored"]

    async def until_scored(self, more: int) -> float:
        """Publish until `more` further levels came out; the seconds it took."""
        began, before = time.monotonic(), len(self.scored())
        while len(self.scored()) < before + more:
            assert time.monotonic() - began < RECOVERY_S, self.stack.services["snni_client"].log.read_text()[-3000:]
            await self.publish()
            await asyncio.sleep(0.5)
        return time.monotonic() - began

    async def until_event(self, service: str, event: str) -> None:
        """Publish until `service` logs `event` anew."""
        began, before = time.monotonic(), self._count(service, event)
        published = 0.0
        while self._count(service, event) == before:
            assert time.monotonic() - began < RECOVERY_S
            if time.monotonic() - published > 1.0:
                await self.publish()
                published = time.monotonic()
            await asyncio.sleep(0.005)

    def _count(self, service: str, event: str) -> int:
        return self.stack.services[service].log.read_text().count(f'"event": "{event}"')


async def ward_levels(stack: Stack) -> list[PainMessage]:
    """Every level that the hub's stream holds."""
    since = datetime.now(UTC) - timedelta(hours=1)
    async with stack.nats.bus("alerts", streams=False) as bus:
        return [m async for m in bus.replay(STREAM_WARD, since) if isinstance(m, PainMessage)]


def alerts(stack: Stack) -> list[dict]:
    """Open and recent ones, when a service leads: a killed one's lease must end first."""
    ward = until(lambda: asked(stack))
    return [*ward["open"], *ward["recent"]]


def asked(stack: Stack) -> dict | None:
    url = f"{stack.dashboard_url}api/v1/ward/{WARD}"
    bearer = {"Authorization": f"Bearer {stack.viewer_token()}"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=bearer), timeout=PATIENCE_S) as answer:
            return json.load(answer)
    except HTTPError as error:
        assert error.code == HTTPStatus.SERVICE_UNAVAILABLE, error
        error.close()
        return None


def claims(stack: Stack, service: str) -> list[tuple[str, int]]:
    return [
        (event["epoch"], event["number"]) for event in stack.services[service].events() if event["event"] == "claimed"
    ]


# (what dies, whose log is watched, the state at which it dies)
KILLS = [
    ("snni_server", "snni_server", "online"),
    ("snni_server", "snni_server", "linear_started"),
    ("snni_server", "snni_server", "nonlinear_started"),
    ("snni_client", "snni_client", "claimed"),
    ("snni_client", "snni_client", "online"),
    ("snni_client", "snni_client", "nonlinear_started"),
    ("leaf", "snni_client", "online"),
    ("hub", "snni_client", "online"),
    ("redis", "snni_client", "scored"),
    ("alerts", "snni_client", "online"),
]


async def raised(stack: Stack) -> None:
    """Until the painful face has raised an alert."""
    await eventually(lambda: asyncio.to_thread(alerts, stack))


async def check_ward(stack: Stack, room: Room) -> None:
    """The hub holds every acknowledged level once; neither party claimed a correlation twice."""
    expected = {sequence for sequence, _ in room.scored()}

    async def all_held() -> list[int]:
        held = [message.envelope.sequence for message in await ward_levels(stack)]
        return held if expected <= set(held) else []

    held = await eventually(all_held)
    assert len(held) == len(set(held))
    for service in ("snni_client", "snni_server"):
        assert len(claims(stack, service)) == len(set(claims(stack, service)))


@pytest.fixture(scope="module")
def stack():
    with Stack(BUNDLE, overrides={"snni_client": {"pool_target": 2, "batch": 2}}) as running:
        yield running


async def test_every_kill_is_survived(stack, record_property):
    async with stack.nats.bus("keyframe", streams=False) as bus:
        room, recovery = Room(stack, bus), {}
        await room.until_scored(3)
        await raised(stack)
        for victim, watched, state in KILLS:
            known = {alert["id"] for alert in alerts(stack)}
            assert known
            await room.until_event(watched, state)
            stack.kill(victim)
            stack.start_again(victim)
            recovery[f"{victim} at {state}"] = round(await room.until_scored(1), 2)
            if victim == "alerts":
                stack.services["alerts"].ports()
            assert known <= {alert["id"] for alert in alerts(stack)}, f"an alert was lost with {victim}"
            await check_ward(stack, room)
    print(json.dumps({"recovery_s": recovery}))
    record_property("recovery_s", json.dumps(recovery))
