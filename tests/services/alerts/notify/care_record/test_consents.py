"""Consents in the care record: valid for both implementations, told once and again, and of nobody by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fhir.resources.R4B import get_fhir_model_class

from services.alerts.actor import typed_name
from services.alerts.notify.care_record.consent_receiver import ConsentRecord
from services.alerts.notify.care_record.consents import consent_transaction
from services.alerts.notify.care_record.fhir_server import FhirServer as Server
from services.alerts.notify.care_record.names import Names
from services.alerts.policy.consent import Basis, Consent
from tests.services.alerts.bench import Bench
from tests.services.alerts.notify.care_record.server import FhirServer, fhir_server
from tests.services.alerts.notify.delivering import delivering, told

CAMERA, NAMED = "ward-1/room-1/cam-room-1", "her daughter Rosalind"
KINDS = ("Location", "Device", "Consent")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FhirServer]:
    with fhir_server(tmp_path) as one:
        yield one


def recorded(directory: Path, server: FhirServer) -> Bench:
    def record(bench: Bench) -> list[ConsentRecord]:
        at = Server(server.url, server.token_file)
        return [ConsentRecord(at, Names(bench.site), bench.metrics.care_record, first_pause_s=0.01)]

    bench = Bench(directory, others=record)
    bench.writer.act_listeners.append(bench.notifier.hear)
    return bench


async def decide(bench: Bench, basis: Basis, camera: str = CAMERA) -> None:
    bench.at(bench.hand.mono + 1)
    one = Consent(typed_name("Nell"), bench.now, basis, NAMED, date(2026, 9, 1), "said by telephone")
    await bench.writer.note(bench.ward_state.consents.set_consent(camera, one))


async def test_a_consent_and_its_end(tmp_path: Path, server: FhirServer) -> None:
    bench = recorded(tmp_path, server)
    assert CAMERA in bench.ward_state.cameras
    async with delivering(bench):
        await decide(bench, Basis.BEST_INTEREST)
        await told(bench)
        (consent,) = await server.holds("Consent")
        (camera,) = await server.holds("Device")
        assert (consent["status"], consent["provision"]["type"]) == ("active", "permit")
        assert consent["scope"]["coding"][0]["code"] == "patient-privacy"
        assert consent["policyRule"]["coding"][0]["code"] == "consent-best-interest"
        assert consent["provision"]["period"]["end"] == "2026-09-01"
        assert consent["provision"]["actor"][0]["reference"]["reference"] == f"Device/{camera['id']}"
        assert consent["patient"] == {
            "type": "Patient",
            "identifier": {"system": f"urn:veilward:{bench.site.site}:resident-of", "value": "ward-1/room-1"},
        }

        await decide(bench, Basis.WITHDRAWN)
        await told(bench)
        (consent,) = await server.holds("Consent")
        assert (consent["status"], consent["provision"]["type"]) == ("inactive", "deny")
        assert "end" not in consent["provision"]["period"]
        held = [resource for kind in KINDS for resource in await server.holds(kind)]
        for resource in held:
            get_fhir_model_class(resource["resourceType"]).model_validate(resource)
        assert sorted(resource["resourceType"] for resource in held) == ["Consent", "Device", "Location"]
        assert "Rosalind" not in json.dumps(held) and "telephone" not in json.dumps(held)


async def test_refused_it_is_tried_again_in_its_order_and_stands_once(tmp_path: Path, server: FhirServer) -> None:
    await server.refuse(3)
    bench = recorded(tmp_path, server)
    async with delivering(bench):
        await decide(bench, Basis.GIVEN)
        await decide(bench, Basis.WITHDRAWN)
        await told(bench)
        assert bench.value("care_record_deliveries_total", result="failed") == 3
        (consent,) = await server.holds("Consent")
        assert consent["status"] == "inactive"
        act = bench.audit.index.consents
        for one in act.values():
            assert (await server.post(consent_transaction(Names(bench.site), one))).is_success
    assert [len(await server.holds(kind)) for kind in KINDS] == [1, 1, 1]


async def test_what_was_not_taken_is_owed_by_the_log_and_a_new_receiver_learns_what_stands(
    tmp_path: Path, server: FhirServer
) -> None:
    """Neither a restart nor a record that is set up later loses what was decided; alerts are none of its topic."""
    silent = Bench(tmp_path)
    await silent.notifier.open()
    await decide(silent, Basis.GIVEN)
    await decide(silent, Basis.WITHDRAWN)
    await decide(silent, Basis.GIVEN, "ward-1/room-2/cam-room-2")
    await silent.raised()

    late = recorded(tmp_path, server)
    await late.notifier.open()
    assert late.notifier.waiting == 2  # not delivered: as one that was killed before it told anything

    again = recorded(tmp_path, server)
    async with delivering(again):
        await told(again)
    assert sorted(one["status"] for one in await server.holds("Consent")) == ["active", "inactive"]
    done = recorded(tmp_path, server)
    await done.notifier.open()
    assert done.notifier.waiting == 0
    assert await server.holds("Observation") == []
