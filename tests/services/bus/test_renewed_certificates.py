"""Certificates of a bus renewed while everything runs, by a new authority, with real servers and services.

Neither a bus nor a service is started again by hand; the servers are, as their pods would be.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from localsite.nats_pair import NatsPair, start_pair
from localsite.pki import LIFETIME, make_pki
from localsite.redis_server import RedisServer
from localsite.service import Service
from services.bus.identities import spiffe
from services.bus.nats_bus import Bus
from services.runtime.certificates import LIFE_USED
from services.runtime.metrics import Metrics
from tests.services.alerts.process import AlertsProcess
from tests.services.alerts.site import site_file
from tests.support.renewal import Successor
from tests.support.waiting import eventually

ENDS = "veilward_{}_certificate_not_after_timestamp_seconds"


@pytest.fixture
def own_pair(tmp_path: Path):
    """A hub and a leaf with an infrastructure of their own."""
    pair = start_pair(tmp_path, make_pki(tmp_path / "pki"))
    yield pair
    pair.stop()


async def until_whole(*services: Service) -> None:
    for service in services:

        async def whole(service: Service = service) -> bool:
            assert service.running, service.log_end()
            return await asyncio.to_thread(service.whole)

        await eventually(whole)


def backs(service: Service) -> int:
    """How often it was let in again."""
    return sum(event["event"] == "bus_back" for event in service.events())


def ingest(pair: NatsPair, directory: Path) -> Service:
    certificate, key, _ = pair.pki.cert("ingest_web")
    settings = pair.connection("ingest") | {"site_file": site_file(directory)}
    return Service(
        "ingest", settings | {"tls_cert": certificate, "tls_key": key, "process_without_consent": True}, directory
    )


async def test_services_outlast_a_new_authority_of_their_servers(
    own_pair: NatsPair, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    successor = Successor(own_pair.pki, tmp_path / "successor")
    room, ward = tmp_path / "room", tmp_path / "ward"
    room.mkdir()
    with ingest(own_pair, room) as in_room, AlertsProcess(own_pair, fresh_redis.url, ward) as in_ward:
        await until_whole(in_room, in_ward)
        for step in (successor.overlap, successor.take_over, successor.forget):
            step()
            seen = {one: backs(one) for one in (in_room, in_ward)}
            await asyncio.to_thread(own_pair.restart_hub)
            await asyncio.to_thread(own_pair.restart_leaf)

            async def all_back(seen: dict[Service, int] = seen) -> bool:
                return all(backs(one) > before for one, before in seen.items())

            await eventually(all_back)
            await until_whole(in_room, in_ward)
        assert ENDS.format("ingest") + '{certificate="bus"}' in in_room.metrics()
        assert ENDS.format("ingest") + '{certificate="web"}' in in_room.metrics()
        assert ENDS.format("alerts") + '{certificate="bus_authority"}' in in_ward.metrics()


async def test_a_connection_is_made_anew_before_the_end_of_its_certificate(own_pair: NatsPair) -> None:
    pki, late = own_pair.pki, datetime.now(UTC) - LIFE_USED * LIFETIME
    pki.issue("bus_ingest", "bus-room", spiffe("room", "ingest"), "client", late)
    metrics = Metrics()
    bus = await Bus.connect(own_pair.settings("ingest"), "ingest", metrics=metrics, look_s=0.02)
    try:
        pki.issue("bus_ingest", "bus-room", spiffe("room", "ingest"), "client")

        async def again() -> bool:
            return metrics.registry.get_sample_value("veilward_bus_reconnects_total") == 1.0 and bus.connected

        await eventually(again)
    finally:
        await bus.close()


async def test_a_server_takes_renewed_files_when_it_is_told_to_read_them(own_pair: NatsPair, tmp_path: Path) -> None:
    successor = Successor(own_pair.pki, tmp_path / "successor")
    for step in (successor.overlap, successor.take_over, successor.forget):
        step()
        for server in (own_pair.hub, own_pair.leaf):
            await asyncio.to_thread(server.reload, server.config.read_text())
    bus = await Bus.connect(own_pair.settings("alerts"), "alerts", metrics=Metrics())
    await bus.close()
    await asyncio.to_thread(own_pair.hub.process.kill)
    await asyncio.to_thread(own_pair.restart_hub)
    await own_pair.wait_joined()


async def test_a_certificate_that_ends_in_a_day_is_told_as_such(own_pair: NatsPair) -> None:
    metrics = Metrics()
    bus = await Bus.connect(own_pair.settings("ingest"), "ingest", metrics=metrics)
    await bus.close()
    end = metrics.registry.get_sample_value(ENDS.format("ingest"), {"certificate": "bus"}) or 0.0
    assert abs(end - (datetime.now(UTC) + LIFETIME).timestamp()) < timedelta(minutes=30).total_seconds()
