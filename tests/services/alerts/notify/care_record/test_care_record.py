"""The care record, exchanged with a FHIR server of others that validates it; every resource is checked by both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from services.alerts.actor import typed_name
from services.alerts.dashboard.pager_words import PagerWords
from services.alerts.dashboard.render import Renderer
from services.alerts.notify.care_record.alert_receiver import CareRecord
from services.alerts.notify.care_record.fhir_server import FhirServer as Server
from services.alerts.notify.care_record.names import Names
from services.alerts.notify.care_record.transaction import transaction
from services.alerts.notify.notification import notification
from services.alerts.policy.alert import AlertStatus, Outcome
from services.alerts.policy.life_cycle import Accept
from tests.services.alerts.bench import Bench
from tests.services.alerts.notify.care_record.server import FhirServer, fhir_server
from tests.services.alerts.notify.delivering import delivering, told
from tests.support.waiting import eventually

SELF_REPORTED = {"72514-3", "38208-5", "38213-5", "38221-8", "38214-3"}
KINDS = ("Location", "Device", "Observation", "Task", "Communication")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FhirServer]:
    with fhir_server(tmp_path) as one:
        yield one


def recorded(directory: Path, server: FhirServer, token_file: Path | None = None) -> Bench:
    def record(bench: Bench) -> list[CareRecord]:
        words = PagerWords(bench.site, Renderer(None))
        names, token = Names(bench.site), token_file or server.token_file
        return [CareRecord(Server(server.url, token), names, words, bench.metrics.care_record, first_pause_s=0.01)]

    return Bench(directory, others=record)


async def one(server: FhirServer, kind: str) -> dict[str, Any]:
    (found,) = await server.holds(kind)
    return found


async def checked(server: FhirServer) -> list[dict[str, Any]]:
    """Everything that the server holds, each a valid R4B resource for this side's models as well."""
    found = [resource for kind in KINDS for resource in await server.holds(kind)]
    for resource in found:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    return found


async def test_an_alarm_from_its_call_to_its_outcome(tmp_path: Path, server: FhirServer) -> None:
    bench = recorded(tmp_path, server)
    async with delivering(bench):
        alert = await bench.raised()
        await told(bench)
        observation, task, call = [await one(server, kind) for kind in ("Observation", "Task", "Communication")]
        assert (observation["status"], task["status"], task["priority"]) == ("preliminary", "requested", "urgent")
        assert observation["valueCodeableConcept"]["coding"] == [
            {"system": "http://loinc.org", "code": "LA6751-7", "display": "Moderate"}
        ]
        assert observation["code"]["text"] == "Facial pain expression level, machine-estimated"
        assert observation["component"][0]["valueInteger"] == 2
        assert call["payload"][0]["contentString"].startswith("Room 1: Moderate, 2 of 3. Pain was seen.")
        room, camera = await one(server, "Location"), await one(server, "Device")
        assert observation["subject"]["reference"] == f"Location/{room['id']}" == task["for"]["reference"]
        assert observation["device"]["reference"] == f"Device/{camera['id']}" == call["sender"]["reference"]
        assert task["focus"]["reference"] == f"Observation/{observation['id']}"
        assert call["about"][0]["reference"] == f"Task/{task['id']}"

        await bench.accept(alert)
        await told(bench)
        task = await one(server, "Task")
        assert (task["status"], task["owner"]["display"]) == ("accepted", "Ada")
        await bench.arrive(alert)
        await told(bench)
        assert (await one(server, "Task"))["status"] == "in-progress"
        await bench.resolve(alert, Outcome.PAIN, reason="the hip")
        await told(bench)
        observation, task = await one(server, "Observation"), await one(server, "Task")
        assert (observation["status"], task["status"]) == ("final", "completed")
        assert task["output"][0]["valueCodeableConcept"]["text"] == "Pain"
        assert observation["note"][0]["text"] == "Pain: the hip"
        assert observation["performer"][0]["display"] == "Ada"
        assert len(await checked(server)) == len(KINDS)


@pytest.mark.parametrize(("outcome", "status"), [(Outcome.NO_PAIN, "cancelled"), (Outcome.NOT_ASSESSED, "preliminary")])
async def test_what_nobody_confirmed_is_not_final(
    tmp_path: Path, server: FhirServer, outcome: Outcome, status: str
) -> None:
    bench = recorded(tmp_path, server)
    async with delivering(bench):
        alert = await bench.raised()
        await bench.arrive(alert)
        await bench.resolve(alert, outcome)
        await told(bench)
    assert (await one(server, "Observation"))["status"] == status
    assert (await one(server, "Task"))["status"] == "completed"


async def test_what_calm_ends_stays_preliminary_and_its_task_is_cancelled(tmp_path: Path, server: FhirServer) -> None:
    bench = recorded(tmp_path, server)
    async with delivering(bench):
        await bench.raised()
        for seconds in (10, 16, 22, 28):
            await bench.pain(seconds, 0)
        await told(bench)
    assert [alert.status for alert in bench.ward_state.history] == [AlertStatus.CLEARED]
    assert (await one(server, "Observation"))["status"] == "preliminary"
    assert (await one(server, "Task"))["status"] == "cancelled"


async def test_an_intervention_asks_for_another_look(tmp_path: Path, server: FhirServer) -> None:
    bench = recorded(tmp_path, server)
    async with delivering(bench):
        alert = await bench.raised()
        await bench.arrive(alert)
        await bench.resolve(alert, Outcome.PAIN_TREATED)
        await told(bench)
        look = "code=urn:veilward:fhir:code|look-again"
        assert [task["status"] for task in await server.holds("Task", look)] == ["requested"]
        await bench.resolve(alert, Outcome.NOT_ASSESSED, "Cem")
        await told(bench)
        (still,) = await server.holds("Task", look)
        assert (still["status"], still["owner"]["display"]) == ("requested", "Cem")
        await bench.resolve(alert, Outcome.NO_PAIN, "Ben")
        await told(bench)
        (done,) = await server.holds("Task", look)
    assert (done["status"], done["owner"]["display"]) == ("completed", "Ben")
    assert len(await checked(server)) == len(KINDS) + 1


async def test_a_promise_that_ran_out_is_a_request_again_and_calls(tmp_path: Path, server: FhirServer) -> None:
    bench = recorded(tmp_path, server)
    async with delivering(bench):
        await bench.accept(await bench.raised())
        await bench.tick(200)
        await told(bench)
    task = await one(server, "Task")
    assert task["status"] == "requested" and "owner" not in task
    assert len(await server.holds("Communication")) == 2


async def test_refused_it_is_tried_again_and_nothing_is_there_twice(tmp_path: Path, server: FhirServer) -> None:
    await server.refuse(3)
    bench = recorded(tmp_path, server)
    async with delivering(bench):
        alert = await bench.raised()
        await told(bench)
        assert bench.value("care_record_deliveries_total", result="failed") == 3
        (change,) = [one for one in bench.ward_state.open_alerts() if one.id == alert]
        again = notification((await bench.pain(6.0, 3)).transitions[0])
        await told(bench)
        names = Names(bench.site)
        for _ in range(2):
            assert (await server.post(transaction(names, again, "again"))).is_success
        assert change.notified_at is None
    assert sorted(resource["resourceType"] for resource in await checked(server)) == sorted([*KINDS, "Communication"])


async def test_a_new_token_counts_at_once(tmp_path: Path, server: FhirServer) -> None:
    token_file = tmp_path / "renewed.token"
    bench = recorded(tmp_path, server, token_file)
    async with delivering(bench):
        await bench.raised()

        async def refused() -> bool:
            return bench.value("care_record_deliveries_total", result="failed") >= 2

        await eventually(refused)
        assert bench.notifier.failing
        token_file.write_text(server.token_file.read_text())
        await told(bench)
    assert await one(server, "Observation")


async def test_no_resident_and_no_code_of_a_self_report(tmp_path: Path) -> None:
    """Whatever a transaction says of who lives there is a room; a level is never coded as what a person reported."""
    bench = Bench(tmp_path)
    await bench.pain(0, 3)
    (raised,) = (await bench.pain(5, 3)).transitions
    alert = await bench.writer.act(raised.alert.id, Accept(typed_name("Ada")))
    body = json.loads(transaction(Names(bench.site), notification(raised), "Room 1"))
    kinds = {entry["resource"]["resourceType"] for entry in body["entry"]}
    assert kinds == set(KINDS) and alert.ack is not None
    text = json.dumps(body)
    assert "Patient" not in text
    assert not any(code in text for code in SELF_REPORTED)
    for entry in body["entry"]:
        assert "ifNoneExist" in entry["request"] or "?identifier=" in entry["request"]["url"]
