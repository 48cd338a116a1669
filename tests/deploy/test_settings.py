"""Every VEILWARD_* variable in the manifests is a setting of its service, and every required one is set."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from services.alerts.settings import AlertsSettings as Alerts
from services.bus.provision import BridgeSettings
from services.ingest.settings import IngestSettings
from services.keyframe.settings import KeyframeSettings
from services.runtime.settings import ServiceSettings, load
from services.snni_client.settings import SnniClientSettings
from services.snni_server.settings import SnniServerSettings
from tests.deploy.manifests import EXAMPLES, HOME, PodKind, of_kind, pods

KINDS: dict[str, type[ServiceSettings]] = {
    "ingest": IngestSettings,
    "keyframe": KeyframeSettings,
    "snni-client": SnniClientSettings,
    "snni-server": SnniServerSettings,
    "alerts": Alerts,
    "provision": BridgeSettings,
}
REFERENCED = {
    "VEILWARD_SNNI_CLIENT_PLAN_HASH": "0" * 64,
    "VEILWARD_ALERTS_REDIS_URL": "rediss://alerts:secret@veilward-redis:6379/0",
    "VEILWARD_ALERTS_DATABASE_URL": "postgresql://alerts:secret@veilward-postgres:5432/veilward",
    "VEILWARD_ALERTS_REPLICA": "veilward-alerts-0",
    "VEILWARD_ALERTS_PAGER_URLS": '["ntfys://ntfy.home.example/night"]',
}
OURS = [pod for pod in pods() if pod.app in KINDS]
OWN = [pod for pod in pods(EXAMPLES / "own-settings") if pod not in pods(HOME)]
"""Those to which the example of a home's own settings adds something."""


def values(pod: PodKind) -> dict[str, str]:
    """What the process finds in its environment, with the operator's values where the manifests name them."""
    return {name: entry["value"] if "value" in entry else REFERENCED[name] for name, entry in pod.environment.items()}


def test_every_service_of_ours_is_deployed() -> None:
    assert {pod.app for pod in OURS} == set(KINDS)
    assert all(not pod.environment for pod in pods() if pod.app not in KINDS)


def test_the_example_adds_to_the_homes_pods_and_takes_nothing_away() -> None:
    home = {(pod.namespace, pod.app): pod for pod in pods(HOME)}
    assert {(pod.namespace, pod.app) for pod in pods(EXAMPLES / "own-settings")} == home.keys()
    added = {}
    for pod in OWN:
        before = home[pod.namespace, pod.app]
        assert before.environment.items() <= pod.environment.items()
        assert set(before.secrets()) < set(pod.secrets())
        added[pod.namespace, pod.app] = pod.environment.keys() - before.environment.keys()
    assert added == {
        ("veilward-ward", "alerts"): {"VEILWARD_ALERTS_TIMEZONE", "VEILWARD_ALERTS_PAGER_URLS"},
        ("veilward-room-2", "ingest"): {"VEILWARD_INGEST_RTSP_LOGINS", "VEILWARD_INGEST_RTSP_CA"},
    }


@pytest.mark.parametrize("pod", [*OURS, *OWN], ids=lambda pod: f"{pod.namespace}-{pod.app}")
def test_the_environment_loads_as_settings(pod: PodKind, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = KINDS[pod.app]
    prefix = kind.model_config["env_prefix"]
    fields = {f"{prefix}{name}".upper() for name in kind.model_fields}
    assert set(pod.environment) <= fields
    required = {f"{prefix}{name}".upper() for name, field in kind.model_fields.items() if field.is_required()}
    assert required <= set(pod.environment)
    for name, value in values(pod).items():
        monkeypatch.setenv(name, value)
    load(kind)


@pytest.mark.parametrize("pod", [*OURS, *OWN], ids=lambda pod: f"{pod.namespace}-{pod.app}")
def test_paths_are_mounted_and_ports_are_open(pod: PodKind) -> None:
    mounts = [PurePosixPath(mount["mountPath"]) for mount in pod.container["volumeMounts"]]
    for name, value in values(pod).items():
        if value.startswith("/") and not name.endswith("_BUNDLE"):
            assert any(PurePosixPath(value).is_relative_to(mount) for mount in mounts), name
        if name.endswith("_PORT"):
            assert int(value) in pod.ports(), name
        if name.endswith("_HOST"):
            assert value == "::", f"{name}: probes and peers come over the pod's network"


@pytest.mark.parametrize("pod", OURS, ids=lambda pod: pod.app)
def test_certificates_are_taken_from_one_secret_each(pod: PodKind) -> None:
    folders = {name: PurePosixPath(value) for name, value in values(pod).items() if value.endswith((".crt", ".key"))}
    for name, path in folders.items():
        expected = "ca.crt" if name.endswith("_CA") else "tls.key" if name.endswith("KEY") else "tls.crt"
        assert path.name == expected, name


def test_media_arrives_on_the_ports_that_the_service_and_the_policy_name() -> None:
    ingest = next(pod for pod in OURS if pod.app == "ingest")
    first, _, last = ingest.environment["VEILWARD_INGEST_MEDIA_PORTS"]["value"].partition("-")
    wanted = set(range(int(first), int(last) + 1))
    assert len(wanted) == int(ingest.environment["VEILWARD_INGEST_MAX_SESSIONS"]["value"])
    (service,) = [one for one in of_kind("Service") if one["metadata"]["name"] == "veilward-ingest"]
    assert {port["port"] for port in service["spec"]["ports"] if port.get("protocol") == "UDP"} == wanted
    assert {port["containerPort"] for port in ingest.container["ports"] if port.get("protocol") == "UDP"} == wanted


def test_the_room_dials_names_that_exist() -> None:
    ingest, client = (next(pod for pod in OURS if pod.app == app) for app in ("ingest", "snni-client"))
    assert ingest.environment["VEILWARD_INGEST_NATS_URL"]["value"] == "tls://veilward-nats-leaf:4222"
    assert (
        client.environment["VEILWARD_SNNI_CLIENT_EDGE_URL"]["value"]
        == "snni://veilward-snni-server.veilward-edge.svc:7443"
    )
