"""Services told to listen at every address, as the manifests tell them, answer over IPv4 and over IPv6 at each port."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path

import pytest
from pydantic import ValidationError

from localsite import parties
from localsite.nats_pair import NatsPair
from localsite.nats_server import program
from localsite.process import Process
from localsite.redis_server import RedisServer
from localsite.service import Service
from services.bus.nats_config import Listen
from services.snni_client.settings import SnniClientSettings
from tests.services.alerts.process import AlertsProcess
from tests.services.ingest.process import IngestProcess
from tests.services.keyframe.process import COLOUR, KeyframeProcess
from tests.support.networks import grey
from tests.support.waiting import PATIENCE_S


def service(name: str, directory: Path, pair: NatsPair, redis: RedisServer) -> Service:
    """Not yet started; every address that it listens at is "::"."""
    match name:
        case "ingest":
            return IngestProcess(directory, pair, ("cam-1",), whip_host="::", health_host="::")
        case "keyframe":
            return KeyframeProcess(directory, pair, {"cam-1": COLOUR}, health_host="::")
        case "alerts":
            return AlertsProcess(pair, redis.url, directory, http_host="::", health_host="::")
        case _:
            grey().save(directory / "bundle")
            settings = {"listen_host": "::", "health_host": "::"}
            return parties.server(directory / "bundle", directory, pair.pki, settings=settings)


@pytest.mark.parametrize("name", ["ingest", "keyframe", "alerts", "snni_server"])
def test_every_port_answers_over_both(
    name: str, tmp_path: Path, nats_pair: NatsPair, redis_server: RedisServer
) -> None:
    asyncio.run(nats_pair.provision())
    with service(name, tmp_path, nats_pair, redis_server) as one:
        ports = one.ports()
        assert len(ports) == (1 if name == "keyframe" else 2)
        for port in ports.values():
            for host in ("127.0.0.1", "::1"):
                socket.create_connection((host, port), PATIENCE_S).close()


def test_nats_takes_the_generated_address_for_both(tmp_path: Path) -> None:
    assert {Listen().client, Listen().leafnodes} == {"0.0.0.0:4222", "0.0.0.0:7422"}
    command = [program(), "--addr", "0.0.0.0", "--port", "-1", "--ports_file_dir", str(tmp_path)]
    with Process("nats", command, tmp_path / "nats.log") as server:
        told = server.wait_for("ports", lambda: next(tmp_path.glob("*.ports"), None))
        port = int(json.loads(told.read_text())["nats"][0].rpartition(":")[2])
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, port), PATIENCE_S).close()


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("snni://edge.example:7443", "edge.example"),
        ("snni://10.0.0.7:1", "10.0.0.7"),
        ("snni://[fd00::1]:7443", "fd00::1"),
    ],
)
def test_an_edge_of_either_family_can_be_dialled(url: str, host: str) -> None:
    values = {"site_file": "s", "plan_hash": "0" * 64, "certificate": "c", "key": "k", "ca": "a"}
    values |= {"nats_ca": "a", "nats_cert": "c", "nats_key": "k"}
    assert SnniClientSettings(edge_url=url, **values).edge_host == host
    for wrong in ("snni://fd00::1:7443", "snni://[fd00::1:7443", "snni://edge"):
        with pytest.raises(ValidationError):
            SnniClientSettings(edge_url=wrong, **values)
