"""`veilward doctor` finds nothing wrong with a right installation, and each broken thing of a wrong one."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from localsite.nats_pair import NatsPair, start_pair
from localsite.service import Service
from localsite.stack import Stack
from services.bus.examination import bus_looks
from services.bus.nats_config import LeafOptions, leaf_config
from services.runtime.doctor.finding import Finding, Verdict
from tests.support.networks import grey
from tests.support.waiting import PATIENCE_S, until

TOOL = "services.runtime.tool"
SERVICES = ("ingest", "keyframe", "snni_client", "snni_server", "alerts")
Told = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole site with a camera's room, an edge and a ward."""
    directory = tmp_path_factory.mktemp("network")
    grey().save(directory)
    with Stack(directory, overrides={"alerts": {"http_host": "::"}, "snni_client": {"pool_target": 1}}) as one:
        one.start_keyframe(5.0)
        for service in one.services.values():
            service.wait_for("readiness", lambda service=service: service.ready() or None)  # type: ignore[misc]
        yield one


def examined(service: Service, **settings: object) -> tuple[int, Told]:
    """The doctor's status and what it said, by what it looked at. settings: otherwise than the service's own."""
    done = service.run(TOOL, "doctor", "--json", **settings)
    told = json.loads(done.stdout)
    assert told["well"] == (done.returncode == 0), done.stderr
    return done.returncode, {one["about"]: one for one in told["findings"]}


def failing(told: Told) -> set[str]:
    return {about for about, one in told.items() if one["verdict"] == Verdict.FAIL}


@pytest.fixture(scope="module")
def examinations(stack: Stack) -> dict[str, tuple[int, Told]]:
    """What the doctor says of each service of a right installation, having changed no count and no stream."""
    before, held = {name: rejected(stack.services[name]) for name in SERVICES}, lines(stack)
    found = {name: examined(stack.services[name]) for name in SERVICES}
    assert {name: rejected(stack.services[name]) for name in SERVICES} == before
    assert lines(stack) == held
    return found


def rejected(service: Service) -> list[str]:
    """Its counts of messages that were none."""
    found = ("_rejected_messages_total{", "veilward_alerts_poison_total")
    return [line for line in service.metrics().splitlines() if any(one in line for one in found)]


def lines(stack: Stack) -> list[str]:
    """The audit log: what is stored on the bus under the ward's name."""
    return (stack.root / "ward" / "audit.jsonl").read_text().splitlines()


@pytest.mark.parametrize("name", SERVICES)
def test_a_right_installation_has_no_fault(examinations: dict[str, tuple[int, Told]], name: str) -> None:
    status, told = examinations[name]
    assert (status, failing(told)) == (0, set())
    assert told["service"]["verdict"] == Verdict.OK
    assert all(one["service"] == name and one["said"] for one in told.values())
    assert all(bool(one["todo"]) == (one["verdict"] != Verdict.OK) for one in told.values())
    looked = {"bus", "bus certificate", "bus key", "foreign subjects", "site's file"}
    assert looked <= told.keys() or name == "snni_server"


def test_what_each_service_does_on_the_bus_is_tried(examinations: dict[str, tuple[int, Told]]) -> None:
    tried = {name: told.keys() for name, (_, told) in examinations.items()}
    assert tried["ingest"] >= {"subject state"}
    assert tried["keyframe"] >= {"subject crops", "subject state"}
    assert tried["snni_client"] >= {"subject pain", "subject state", "stream CROPS", "edge", "plan"}
    assert tried["alerts"] >= {"stream WARD", "stream LEDGER", "room device room-1", "subject alert", "subject lease"}
    assert tried["alerts"] >= {"clock of the bus (WARD)", "Redis", "clock of Redis", "database", "page"}
    assert tried["alerts"] >= {"stream HEADS", "audit key"}, "the demo signs the heads of its audit log"


def test_the_lines_for_people_say_what_to_do(stack: Stack) -> None:
    done = stack.services["snni_client"].run(TOOL, "doctor", edge_id="spiffe://veilward/edge/another/0")
    (line,) = [one for one in done.stdout.splitlines() if one.startswith("fail")]
    assert done.returncode == 1
    assert "snni_client edge: " in line and line.endswith("with the ids that are set")


def test_certificates_that_ended_or_are_of_others_are_found(stack: Stack) -> None:
    pki, service = stack.pki, stack.services["keyframe"]
    long_ago = datetime.now(UTC) - timedelta(days=9)
    old, old_key, _ = pki.issue("old", "bus-room", "spiffe://veilward/room/keyframe/0", "client", long_ago)
    status, told = examined(service, nats_cert=old, nats_key=old_key)
    assert status == 1 and {"bus certificate", "bus"} <= failing(told)
    assert told["bus certificate"]["said"].startswith("ended ")
    other, other_key, _ = pki.cert("bus_ingest")
    _, told = examined(service, nats_cert=other, nats_key=other_key)
    assert "bus identity" in failing(told)
    strange, strange_key, _ = pki.issue("strange", "elsewhere", "spiffe://veilward/room/keyframe/0", "client")
    _, told = examined(service, nats_cert=strange, nats_key=strange_key)
    assert {"bus chain", "bus"} <= failing(told)
    _, told = examined(service, nats_key=other_key)
    assert "bus key" in failing(told)
    short = datetime.now(UTC) - timedelta(hours=20)
    soon, soon_key, _ = pki.issue("soon", "bus-room", "spiffe://veilward/room/keyframe/0", "client", short)
    status, told = examined(service, nats_cert=soon, nats_key=soon_key)
    assert (status, told["bus certificate"]["verdict"]) == (0, Verdict.WARN)


def test_a_key_that_is_open_to_all_is_found(stack: Stack, tmp_path: Path) -> None:
    _, key, _ = stack.pki.cert("bus_keyframe")
    open_key = tmp_path / "open.key"
    shutil.copy(key, open_key)
    open_key.chmod(0o644)
    status, told = examined(stack.services["keyframe"], nats_key=open_key)
    assert (status, failing(told)) == (1, {"bus key"})
    assert told["bus key"]["todo"] == f"chmod o= {open_key}"


def test_a_missing_bus_edge_redis_and_page_are_found(stack: Stack, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port = one.getsockname()[1]
    ward = {"nats_url": f"tls://localhost:{port}", "redis_url": f"redis://127.0.0.1:{port}", "http_port": port}
    _, told = examined(stack.services["alerts"], **ward, audit_file=tmp_path / "none" / "audit.jsonl")
    assert failing(told) == {"bus", "Redis", "page", "audit log's folder", "database"}
    _, told = examined(stack.services["snni_client"], edge_url=f"snni://127.0.0.1:{port}", health_port=port)
    assert failing(told) == {"edge", "service"}


def test_another_network_than_the_agreed_one_is_found(stack: Stack, tmp_path: Path) -> None:
    service, pinned = stack.services["snni_server"], "VEILWARD_SNNI_CLIENT_PLAN_HASH"
    assert stack.plan.plan_hash in examined(service)[1]["plan"]["said"]
    spoilt = tmp_path / "bundle"
    grey().save(spoilt)
    weights = bytearray((spoilt / "weights.safetensors").read_bytes())
    weights[-1] ^= 1
    (spoilt / "weights.safetensors").write_bytes(weights)
    assert grey().plan.weights_commitment is None or "network" in failing(examined(service, bundle=spoilt)[1])
    (spoilt / "plan.json").write_text("{}")
    assert failing(examined(service, bundle=spoilt)[1]) == {"network"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(service._environment, pinned, "0" * 64)
        status, told = examined_both(service)
    assert status == 1 and told["plan"]["verdict"] == Verdict.FAIL


def examined_both(service: Service) -> tuple[int, Told]:
    done = service.run(TOOL, "doctor", "--json", "snni_server")
    return done.returncode, {one["about"]: one for one in json.loads(done.stdout)["findings"]}


def test_ports_of_media_that_another_has_are_found(stack: Stack) -> None:
    service = stack.services["ingest"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, socket.create_server(("127.0.0.1", 0)) as nobody:
        one.bind(("0.0.0.0", 0))
        port, silent = one.getsockname()[1], nobody.getsockname()[1]
        nobody.close()
        range_ = {"media_ports": f"{port}-{port}", "max_sessions": 1}
        status, told = examined(service, **range_, health_port=silent)
        assert status == 1 and failing(told) == {"service", "media ports"}
        assert examined(service, **range_)[1]["media ports"]["verdict"] == Verdict.WARN  # the service's own
    assert examined(service, **range_)[1]["media ports"]["verdict"] == Verdict.OK


def test_receivers_that_take_no_connection_are_warned_of(stack: Stack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as here, socket.create_server(("localhost", 0)) as gone:
        port, closed = here.getsockname()[1], gone.getsockname()[1]
        gone.close()
        settings = {
            "webhook_urls": f'["http://127.0.0.1:{port}/"]',
            "traces_url": f"http://localhost:{closed}/v1/traces",
        }
        status, told = examined(stack.services["alerts"], **settings)
    assert (status, told["receiver 127.0.0.1"]["verdict"]) == (0, Verdict.OK)
    assert told["receiver localhost"]["verdict"] == Verdict.WARN


def test_settings_that_cannot_be_read_are_named(stack: Stack) -> None:
    status, told = examined(stack.services["keyframe"], periods="5")
    assert status == 1 and "VEILWARD_KEYFRAME_PERIODS" in told["settings"]["said"]


def test_where_nothing_runs_it_says_so() -> None:
    done = subprocess.run([sys.executable, "-m", TOOL, "doctor"], capture_output=True, text=True, env={})
    assert done.returncode == 2 and "run it where a service runs" in done.stderr
    for arguments in (["doctor", "nurse"], ["heal"]):
        command = [sys.executable, "-m", TOOL, *arguments]
        assert subprocess.run(command, capture_output=True, env={}).returncode == 2
    helped = subprocess.run([sys.executable, "-m", TOOL, "doctor", "--help"], capture_output=True, text=True)
    assert helped.returncode == 0 and "--json" in helped.stdout


def looked(pair: NatsPair, service: str) -> dict[str, Finding]:
    """What a look at the bus finds."""
    return {one.about: one for one in asyncio.run(bus_looks(pair.settings(service), service)["bus"]())}  # type: ignore[arg-type]


def test_a_server_that_lets_everybody_say_everything_is_found(tmp_path: Path) -> None:
    def careless(options: LeafOptions) -> str:
        return leaf_config(options).replace('"frames.v1.*.*"\n', '">"\n').replace('"frames.>"\n', '">"\n')

    with start_pair(tmp_path, generate_leaf=careless) as pair:
        found = looked(pair, "keyframe")
        assert found["foreign subjects"].verdict is Verdict.FAIL


def test_missing_streams_denied_subjects_and_a_room_that_is_away_are_found(tmp_path: Path) -> None:
    def strict(options: LeafOptions) -> str:
        return leaf_config(options).replace('"state.v1.*.*.*.ingest"\n', '"state.v1.none.*.*.ingest"\n')

    with start_pair(tmp_path, generate_leaf=strict) as pair:
        found = looked(pair, "keyframe")
        assert {one.about for one in found.values() if one.verdict is Verdict.FAIL} == {
            "subject crops",
            "subject state",
        }
        assert looked(pair, "bridge")["stream OUT"].verdict is Verdict.FAIL
        pair.leaf.kill()
        asyncio.run(made(pair))
        away = looked(pair, "alerts")["room device room-1"]
        assert (away.verdict, away.said) == (Verdict.FAIL, "was never heard")
        pair.restart_leaf()
        asyncio.run(provisioned(pair))
        denied = looked(pair, "ingest")["subject state"]
        assert (denied.verdict, denied.said) == (Verdict.FAIL, "this service may not publish it")
        until(lambda: looked(pair, "alerts")["room device room-1"].verdict is Verdict.OK, PATIENCE_S)


async def made(pair: NatsPair) -> None:
    async with pair.bus("alerts"):
        pass


async def provisioned(pair: NatsPair) -> None:
    for service in ("bridge", "snni_client"):
        async with pair.bus(service):
            pass
