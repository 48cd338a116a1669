"""The service with a care record, as it is run: from a level on the bus to the record, through a restart."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest
from pydantic import ValidationError

from localsite.nats_pair import NatsPair
from localsite.redis_server import RedisServer
from services.alerts.settings import AlertsSettings
from tests.services.alerts.notify.care_record.server import FhirServer, fhir_server
from tests.services.alerts.ward import Rooms, alerts_process, rooms_on
from tests.support.waiting import eventually


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

        await eventually(there)


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
