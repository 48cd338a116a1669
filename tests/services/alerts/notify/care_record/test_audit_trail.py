"""Who read and did what, in the care record: every line once, in order, through refusals and restarts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from services.alerts.actor import Actor, Role, Way
from services.alerts.metrics import AlertsMetrics
from services.alerts.notify.care_record.audit_events import audit_transaction
from services.alerts.notify.care_record.audit_trail import TOGETHER, AuditTrail
from services.alerts.notify.care_record.fhir_server import FhirServer as Server
from services.alerts.notify.care_record.names import Names
from services.alerts.records.access_log import AccessLog, Entry, EntryFilter, Kind, entry, refused_entry
from services.alerts.records.database import Database
from services.alerts.records.exports import Exports
from services.runtime.metrics import Metrics
from tests.services.alerts.bench import always
from tests.services.alerts.notify.care_record.server import FhirServer, fhir_server
from tests.services.alerts.site import make_site
from tests.support.waiting import eventually

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
ADA = Actor("a1", "Ada", Role.NURSE, None, Way.PASSWORD)
WALL = Actor("d1", "The wall", Role.SCREEN, None, Way.DEVICE)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FhirServer]:
    with fhir_server(tmp_path) as one:
        yield one


class Trail:
    """A database with lines, and who tells them."""

    def __init__(self, database: Database, server: FhirServer, folder: Path) -> None:
        self.site = make_site(folder)
        self.log = AccessLog(database, lambda: AT, timedelta(days=365))
        self.exports = Exports(database, time.monotonic)
        self.database = database
        self.server = server

    def trail(self) -> AuditTrail:
        at, metrics = Server(self.server.url, self.server.token_file), AlertsMetrics(Metrics())
        names = Names(self.site)
        return AuditTrail(at, names, self.exports, metrics.audit_events, always, look_s=0.01, first_pause_s=0.01)

    @asynccontextmanager
    async def telling(self) -> AsyncIterator[AuditTrail]:
        one = self.trail()
        task = asyncio.create_task(one.run())
        try:
            yield one
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def write(self, *lines: Entry) -> None:
        for one in lines:
            self.log.note(one)
        await self.log.write()

    async def holds(self, count: int) -> list[dict[str, Any]]:
        async def all_of_them() -> list[dict[str, Any]] | None:
            found = await self.server.holds("AuditEvent")
            return found if len(found) >= count else None

        found = await eventually(all_of_them)
        assert found is not None
        return sorted(found, key=lambda one: str(one["recorded"]))


def acts(count: int, first: int = 0) -> list[Entry]:
    return [
        entry(ADA, Kind.ACT, "act on alert", f"alert-{number}/ack", AT + timedelta(seconds=number), "ward-1")
        for number in range(first, first + count)
    ]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    found = Database(f"sqlite:///{tmp_path}/records.db")
    await found.open()
    yield found
    await found.close()


@pytest.fixture
async def one(database: Database, server: FhirServer, tmp_path: Path) -> Trail:
    found = Trail(database, server, tmp_path)
    assert await found.exports.waiting(found.trail().key, TOGETHER) == []  # it begins with what comes now
    return found


async def test_a_reading_an_act_and_a_refusal_are_valid_events(one: Trail) -> None:
    await one.write(
        entry(ADA, Kind.READ, "room's days", "ward-1/room-1", AT, "ward-1"),
        entry(ADA, Kind.ACT, "record consent", "ward-1/room-1/cam-room-1", AT + timedelta(seconds=1), "ward-1"),
        entry(WALL, Kind.READ, "ward page", "ward-1", AT + timedelta(seconds=2), "ward-1"),
        refused_entry("ada", "sign in", "password", AT + timedelta(seconds=3)),
        entry(ADA, Kind.READ, "people page", "", AT + timedelta(seconds=4)),
    )
    async with one.telling():
        read, act, screen, refused, people = await one.holds(5)
    for event in (read, act, screen, refused, people):
        get_fhir_model_class("AuditEvent").model_validate(event)
    assert (read["type"]["code"], read["action"], read["outcome"]) == ("110110", "R", "0")
    assert read["agent"][0]["who"]["type"] == "Practitioner" and read["agent"][0]["name"] == "Ada"
    room = {"system": "urn:veilward:home:room", "value": "ward-1/room-1"}
    assert read["entity"][0]["what"]["identifier"] == room == act["entity"][0]["what"]["identifier"]
    assert (act["action"], act["subtype"][0]["code"]) == ("U", "record-consent")
    assert screen["agent"][0]["who"]["type"] == "Device"
    assert (refused["type"]["code"], refused["outcome"], "who" in refused["agent"][0]) == ("110114", "4", False)
    assert "entity" not in people
    (itself,) = await one.server.holds("Device")
    assert read["source"]["observer"]["reference"] == f"Device/{itself['id']}"


async def test_every_line_once_through_refusals_repeats_and_a_restart(one: Trail) -> None:
    await one.write(*acts(TOGETHER + 7))
    await one.server.refuse(2)
    async with one.telling() as trail:
        await one.holds(TOGETHER + 7)

        async def well() -> bool:
            return not trail.failing and trail.waiting == 0

        await eventually(well)
    await one.write(*acts(3, first=TOGETHER + 7))
    async with one.telling():
        await one.holds(TOGETHER + 10)
    newest = await one.log.read(EntryFilter(), TOGETHER)
    assert (await one.server.post(audit_transaction(Names(one.site), newest))).is_success
    names = [event["entity"][0]["name"] for event in await one.server.holds("AuditEvent")]
    assert sorted(names) == sorted(f"alert-{number}/ack" for number in range(TOGETHER + 10))


async def test_what_was_before_the_record_was_set_stays_here(
    database: Database, server: FhirServer, tmp_path: Path
) -> None:
    trail = Trail(database, server, tmp_path)
    await trail.write(*acts(4))
    assert await trail.exports.waiting(trail.trail().key, TOGETHER) == []
    await trail.write(*acts(1, first=4))
    async with trail.telling():
        (event,) = await trail.holds(1)
    assert event["entity"][0]["name"] == "alert-4/ack"
