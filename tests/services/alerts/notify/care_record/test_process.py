"""The service with a care record, as it is run: from a level, and a person's act, to the record, through a restart."""

from __future__ import annotations

import time
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from localsite.nats_pair import NatsPair
from localsite.redis_server import RedisServer
from services.alerts.actor import Actor, Role, Way
from services.alerts.dashboard.access.cookies import SESSION
from services.alerts.people.people import People
from services.alerts.people.secrets import form_token
from services.alerts.records.access_log import EntryFilter, Kind
from services.alerts.records.database import Database
from services.alerts.redis_client import redis_client
from services.alerts.settings import AlertsSettings
from tests.services.alerts.notify.care_record.server import FhirServer, fhir_server
from tests.services.alerts.process import AlertsProcess, alerts_process
from tests.services.alerts.rooms import Rooms, rooms_on
from tests.support.waiting import PATIENCE_S, eventually


async def test_what_the_record_did_not_take_it_is_told_after_a_restart(
    fresh_pair: NatsPair, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    async with rooms_on(fresh_pair) as rooms:
        with fhir_server(tmp_path) as server:
            await kept_through_a_restart(fresh_pair, rooms, fresh_redis.url, tmp_path / "alerts", server)


async def kept_through_a_restart(
    pair: NatsPair, rooms: Rooms, redis_url: str, directory: Path, server: FhirServer
) -> None:
    await server.refuse(1_000_000)
    settings = {"fhir_url": server.url, "fhir_token_file": server.token_file}
    async with alerts_process(pair, redis_url, directory, **settings) as one:
        await consents(one, redis_url)
        await rooms.pain("room-8", 2, 6.0)
        await rooms.pain("room-8", 2, 1.0)

        async def said() -> bool:
            return "A receiver of alerts does not answer" in str((await one.snapshot())["degraded"])

        await eventually(said)
        one.kill()
        await server.refuse(0)
        await one.serve()

        async def there() -> bool:
            return [task["status"] for task in await server.holds("Task")] == ["requested"]

        async def allowed() -> bool:
            return [consent["status"] for consent in await server.holds("Consent")] == ["active"]

        async def who_did() -> bool:
            told = [(event["agent"][0]["name"], event["outcomeDesc"]) for event in await server.holds("AuditEvent")]
            return ("Nell", "done") in told

        for condition in (there, allowed, who_did):
            await eventually(condition)


async def consents(process: AlertsProcess, redis_url: str) -> None:
    """Nell, a nurse who is signed in, records a consent; it is in the records before this returns."""
    database = Database(process.database)
    people = People(database, redis_client(redis_url), "home", lambda: datetime.now(UTC), time.monotonic)
    key, _ = await people.sign_in.begin(Actor("id-of-nell", "Nell", Role.NURSE, None, Way.PASSWORD))
    headers = {"Cookie": f"{SESSION}={key}", "X-Form-Token": form_token(key)}
    body = {"basis": "given", "decided_by": "Mr Novak", "review_on": f"{datetime.now(UTC):%Y-%m-%d}"}
    async with httpx.AsyncClient(base_url=process.url, timeout=PATIENCE_S, headers=headers) as client:
        answer = await client.post("/api/v1/consents/ward-1/room-8/cam-room-8", json=body)
    answer.raise_for_status()

    async def written() -> bool:
        return any(line.name == "Nell" for _, line in await people.log.read(EntryFilter(kind=Kind.ACT)))

    await eventually(written)
    await people.sessions.close()
    await database.close()


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://fhir.home.example/", False),
        ("https://fhir.home.example/", True),
        ("http://127.0.0.1:1/", True),
        ("http://[::1]:1/", True),
    ],
)
def test_a_token_is_not_sent_in_the_clear(tmp_path: Path, url: str, kept: bool) -> None:
    others = {"redis_url": "redis://r", "site_file": tmp_path, "audit_file": tmp_path, "fhir_token_file": tmp_path}
    bus = {"nats_url": "tls://n", "nats_ca": tmp_path, "nats_cert": tmp_path, "nats_key": tmp_path}
    with nullcontext() if kept else pytest.raises(ValidationError, match="fhir_url must be https"):
        AlertsSettings.model_validate(others | bus | {"fhir_url": url})
