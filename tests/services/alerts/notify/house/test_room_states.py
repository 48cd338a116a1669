"""The rooms' states at a real broker (mosquitto), over TLS, as the house's automation reads them."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from localsite.nats_pair import NatsPair
from localsite.pki import Pki
from localsite.redis_server import RedisServer
from services.alerts.notify.house.broker import Broker
from services.alerts.notify.house.room_states import RoomStates
from services.alerts.policy.alert import Outcome
from tests.services.alerts.bench import Bench, always
from tests.services.alerts.notify.house.automation import PREFIX, automation, running
from tests.services.alerts.process import alerts_process
from tests.services.alerts.rooms import rooms_on
from tests.support.mqtt_broker import USER, MqttBroker, start_broker
from tests.support.waiting import PATIENCE_S, eventually


@pytest.fixture
def broker(tmp_path: Path, pki: Pki) -> Iterator[MqttBroker]:
    one = start_broker(tmp_path / "broker", *pki.cert("dashboard_web")[:2])
    yield one
    one.kill()


def believing(pki: Pki, authority: str = "web") -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(pki.ca(authority)))


def states(bench: Bench, broker: MqttBroker, context: ssl.SSLContext, names_staff: bool = False) -> RoomStates:
    at = Broker(broker.url, PREFIX, bench.site.site, USER, broker.password_file, context)
    one = RoomStates(at, bench.site, bench.ward_state.open_alerts, bench.metrics, always, names_staff)
    bench.writer.listeners.append(one.hear)
    return one


async def test_a_room_is_told_from_its_call_to_its_end_to_whoever_listens_later(
    tmp_path: Path, pki: Pki, broker: MqttBroker
) -> None:
    bench = Bench(tmp_path)
    told = states(bench, broker, believing(pki))
    async with running(told.run()):
        alert = await bench.raised(level=3)
        async with automation(broker) as house:
            raised = await house.sees("room-1", "raised")
            assert raised == {
                "ward": "Garden ward",
                "room": "Room 1",
                "state": "raised",
                "level": 3,
                "calls": 1,
                "since": "2026-03-01T08:00:05.900000+00:00",
            }
            assert (await house.sees("room-2", "calm"))["level"] == 0
            await house.status("online")
            await bench.tick(70)
            await house.sees("room-1", "raised", calls=2)
            await bench.accept(alert, "Ada")
            await house.sees("room-1", "acknowledged")
            await bench.arrive(alert, "Ada")
            await house.sees("room-1", "arrived")
            await bench.resolve(alert, Outcome.PAIN, "Ada")
            await house.sees("room-1", "calm")
            assert not any("Ada" in text for text in house.everything)


async def test_where_it_is_set_so_the_house_knows_who_is_on_the_way(
    tmp_path: Path, pki: Pki, broker: MqttBroker
) -> None:
    bench = Bench(tmp_path)
    async with running(states(bench, broker, believing(pki), names_staff=True).run()), automation(broker) as house:
        alert = await bench.raised()
        assert "by" not in await house.sees("room-1", "raised")
        await bench.accept(alert, "Ada")
        assert (await house.sees("room-1", "acknowledged"))["by"] == "Ada"


async def test_of_two_alerts_of_a_room_the_unanswered_weighs_more(tmp_path: Path, pki: Pki, broker: MqttBroker) -> None:
    bench = Bench(tmp_path)
    async with running(states(bench, broker, believing(pki)).run()), automation(broker) as house:
        await bench.accept(await bench.raised("room-2", level=3))
        await house.sees("room-2", "acknowledged")
        await bench.pain(10, 2, "room-2", "cam-chair")
        await bench.pain(15, 2, "room-2", "cam-chair")
        assert (await house.sees("room-2", "raised"))["level"] == 2


async def test_a_broker_that_was_away_is_told_everything_again(tmp_path: Path, pki: Pki, broker: MqttBroker) -> None:
    bench = Bench(tmp_path)
    told = states(bench, broker, believing(pki))
    async with running(told.run()):
        async with automation(broker) as house:
            await house.sees("room-1", "calm")
        broker.kill()

        async def failing() -> bool:
            return told.failing

        await eventually(failing)
        await bench.raised()
        broker.start()
        async with automation(broker) as house:
            await house.sees("room-1", "raised")
            await house.sees("room-9", "calm")

        async def well() -> bool:
            return not told.failing

        await eventually(well)


# paho leaves the socket of a refused handshake to the collector
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
async def test_a_broker_of_another_authority_is_told_nothing(tmp_path: Path, pki: Pki, broker: MqttBroker) -> None:
    bench = Bench(tmp_path)
    told = states(bench, broker, believing(pki, "bus-room"))
    async with running(told.run()), automation(broker) as house:

        async def tried() -> bool:
            return bench.value("room_states_total", result="failed") >= 2

        await eventually(tried)
        assert told.failing and house.known == {}


async def test_a_killed_service_is_told_to_be_offline_and_the_next_is_online(
    fresh_pair: NatsPair, fresh_redis: RedisServer, tmp_path: Path, pki: Pki, broker: MqttBroker
) -> None:
    settings = {
        "mqtt_url": broker.url,
        "mqtt_prefix": PREFIX,
        "mqtt_user": USER,
        "mqtt_password_file": broker.password_file,
        "webhook_ca": pki.ca("web"),
    }
    async with (
        rooms_on(fresh_pair) as rooms,
        automation(broker) as house,
        alerts_process(fresh_pair, fresh_redis.url, tmp_path / "alerts", **settings) as one,
    ):
        await house.status("online")
        await rooms.pain("room-8", 2, 6.0)
        await rooms.pain("room-8", 2, 1.0)
        await house.sees("room-8", "raised")
        one.kill()
        await house.status("offline")
        told = len(house.everything)
        await rooms.pain("room-7", 2, 6.0)
        await rooms.pain("room-7", 2, 1.0)
        await one.serve()
        await house.status("online")
        await house.sees("room-7", "raised")
        assert house.room("room-8")["state"] == "raised"
        again = [json.loads(text) for text in house.everything[told:] if text not in ("online", "offline")]
        calm = {state["room"] for state in again if state["state"] == "calm"}
        assert "Room 1" in calm and not calm & {"Room 7", "Room 8"}, "nothing is calm before all that came is known"
        assert await asyncio.to_thread(one.stop, PATIENCE_S) == 0
        await house.status("offline")
