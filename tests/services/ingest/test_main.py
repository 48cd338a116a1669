"""The process: its ports and health, how it ends, and what it says about a wrong configuration."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from localsite.nats_pair import NatsPair
from localsite.service import Service
from services.ingest.settings import IngestSettings
from services.probe.whip_client import http_session
from services.runtime.errors import SettingsError
from services.runtime.settings import load
from tests.services.ingest.process import IngestProcess
from tests.services.ingest.sources.whip.whip import Whip
from tests.support.waiting import PATIENCE_S, eventually


async def fetch(process: IngestProcess, path: str) -> tuple[int, str]:
    """Status and text of a health address."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"http://127.0.0.1:{process.ports()['health']}{path}") as answer,
    ):
        return answer.status, await answer.text()


async def test_health_and_metrics(ingest: IngestProcess) -> None:
    assert (await fetch(ingest, "/healthz"))[0] == 200
    assert (await fetch(ingest, "/readyz"))[0] == 200
    _, text = await fetch(ingest, "/metrics")
    assert 'veilward_ingest_frames_total{camera="cam-000"} 0.0' in text
    assert "veilward_ingest_sessions " in text


async def test_requests_are_counted_without_session_ids(whip: Whip) -> None:
    session = (await whip.post()).headers["Location"]
    _, text = await fetch(whip.ingest, "/metrics")
    assert 'veilward_ingest_requests_total{method="POST",status="201"}' in text
    assert session.rsplit("/", 1)[1] not in text


async def test_nothing_secret_is_logged(whip: Whip) -> None:
    answer = await whip.post()
    await whip.send("GET", token="=Bearer a-strangers-token")
    log = whip.ingest.log.read_text()
    assert "session_opened" in log
    for secret in (whip.ingest.tokens[whip.camera], answer.headers["Location"], "a-strangers-token", "WuTqkxgAPx"):
        assert secret not in log


def test_the_process_writes_no_core(ingest: IngestProcess) -> None:
    limits = Path(f"/proc/{ingest.pid}/limits").read_text()
    assert "Max core file size        0                    0" in limits


async def test_not_ready_without_the_bus_and_ready_again(fresh_pair: NatsPair, tmp_path: Path) -> None:
    await fresh_pair.provision()
    process = IngestProcess(tmp_path, fresh_pair, ("cam-1",)).start()
    try:
        process.ports()
        fresh_pair.leaf.kill()

        async def status(wanted: int) -> bool:
            return (await fetch(process, "/readyz"))[0] == wanted

        await eventually(lambda: status(503))
        assert (await fetch(process, "/healthz"))[0] == 200
        async with http_session(process.ca) as http:
            assert (await Whip(http, process, "cam-1").post()).status == 201
        fresh_pair.restart_leaf()
        await eventually(lambda: status(200))
    finally:
        assert process.stop() == 0, process.log_end()


async def test_sigterm_with_an_open_session(joined_pair: NatsPair, tmp_path: Path) -> None:
    process = IngestProcess(tmp_path, joined_pair, ("cam-1",)).start()
    process.ports()
    async with http_session(process.ca) as http:
        assert (await Whip(http, process, "cam-1").post()).status == 201
        assert process.stop() == 0, process.log_end()
    log = process.log.read_text()
    assert '"why": "draining"' in log
    assert '"event": "stopped"' in log
    assert "Traceback" not in log


BUS = {"NATS_CA": "a", "NATS_CERT": "b", "NATS_KEY": "d"}
UNASKED = {"SITE_FILE": "s", "TLS_CERT": "c", "TLS_KEY": "k"} | BUS
FILES = UNASKED | {"PROCESS_WITHOUT_CONSENT": "true"}
RELAY = {"TURN_RELAY": "true", "TURN_USERNAME": "u", "TURN_CREDENTIAL": "p"}
WRONG = [
    ({}, "VEILWARD_INGEST_SITE_FILE"),
    ({"WHIP_PROT": "1"}, "VEILWARD_INGEST_WHIP_PROT"),
    (FILES | {"SAMPLE_PERIOD_S": "0"}, "SAMPLE_PERIOD_S"),
    (FILES | {"ICE_ADDRESSES": '["room.local"]'}, "ICE_ADDRESSES"),
    (FILES | {"STUN_URL": "stun.example:3478"}, "VEILWARD_INGEST_STUN_URL"),
    (FILES | {"STUN_URL": 'stun:t>; rel="x'}, "VEILWARD_INGEST_STUN_URL"),
    (FILES | {"CORS_ORIGIN": "https://ward.example/"}, "VEILWARD_INGEST_CORS_ORIGIN"),
    (FILES | {"TURN_URL": "turn:t"}, "turn_url needs"),
    (FILES | {"TURN_URL": "turn.example:3478"}, "VEILWARD_INGEST_TURN_URL"),
    (FILES | {"TURN_URL": "https://turn.example"}, "VEILWARD_INGEST_TURN_URL"),
    (FILES | RELAY | {"TURN_URL": "turn:[2001:db8::1]:3478"}, "turn_relay needs turn_url"),
    (FILES | RELAY | {"TURN_URL": "turn:t?transport=sctp"}, "turn_relay needs turn_url"),
    (UNASKED, "either consent_keys, or process_without_consent"),
    (UNASKED | {"CONSENT_STORE": "d"}, "either consent_keys, or process_without_consent"),
    (FILES | {"CONSENT_KEYS": "k", "CONSENT_STORE": "d"}, "either consent_keys, or process_without_consent"),
]


@pytest.mark.parametrize(("settings", "named"), WRONG)
def test_wrong_settings_are_named(monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], named: str) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"VEILWARD_INGEST_{name}", value)
    with pytest.raises(SettingsError, match=named):
        load(IngestSettings)


def test_it_does_not_start_where_nobody_is_asked_and_nobody_said_so(tmp_path: Path) -> None:
    process = Service("ingest", UNASKED, tmp_path).start()
    assert process.wait(PATIENCE_S) == 2
    assert "process_without_consent" in process.log_end()
    assert "Traceback" not in process.log_end()


def test_a_missing_site_file_ends_the_process_with_2(tmp_path: Path) -> None:
    settings = FILES | {"SITE_FILE": "/nowhere/site.yaml"}
    process = Service("ingest", settings, tmp_path).start()
    assert process.wait(PATIENCE_S) == 2
    assert "/nowhere/site.yaml" in process.log_end()
    assert "Traceback" not in process.log_end()
