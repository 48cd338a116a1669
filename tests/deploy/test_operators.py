"""The share servers' manifests: an operator a folder, each in its own namespace and trust domain, reached by rooms and
by the servers that open streams to it, and by nobody else."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path, PurePosixPath

import kubernetes_validate
import pytest
import yaml

from localsite.share_servers import CLIENT_IDS, spiffe_id
from services.runtime.settings import load
from services.snni_client.settings import SnniClientSettings
from services.snni_server.settings import SnniServerSettings
from snni.multiparty.roles import Role, Setting
from snni.multiparty.session.peers_file import read_peers
from snni.multiparty.session.streams import outward
from tests.deploy.arrows import PORTS, PROMETHEUS, STRANGER
from tests.deploy.cluster.podman import size
from tests.deploy.manifests import K8S, ROOT, VERSIONS, Object, name_of, render
from tests.deploy.policies import Endpoint, Network

OPERATORS = K8S / "operators"
PLAN_HASH = "0" * 64
PROVING_BYTES = 10**9
"""What a server that proves takes for an image: deploy/README.md."""


def home(directory: Path, setting: Setting) -> list[Object]:
    """An overlay as deploy/README.md says: every operator of a setting and a room that asks them."""

    def overlay(name: str, **content: object) -> Path:
        folder = directory / name
        folder.mkdir()
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(content))
        return folder

    def at(folder: Path) -> str:
        return os.path.relpath(folder, directory / "any")

    mode = at(OPERATORS / ("four-servers" if setting.witnessed else "three-servers"))
    objects = []
    for role in setting.roles:
        certificates = at(OPERATORS / "cert-manager" / role.value)
        operator = overlay(
            role.value,
            namespace=f"veilward-{role.value}",
            resources=[at(OPERATORS / role.value)],
            components=[mode, certificates],
        )
        objects += render(operator)
    asked = json.dumps(
        [{"op": "replace", "path": "/spec/template/spec/containers/0/env/0/value", "value": setting.mode}]
    )
    patches = (
        []
        if setting.witnessed
        else [{"target": {"kind": "Deployment", "name": "veilward-snni-client"}, "patch": asked}]
    )
    room = overlay(
        "room",
        namespace="veilward-room",
        resources=[at(K8S / "room")],
        components=[at(OPERATORS / "room"), mode],
        patches=patches,
    )
    return [*objects, *render(room)]


@pytest.fixture(scope="module", params=Setting, ids=lambda one: one.mode)
def setting(request: pytest.FixtureRequest) -> Setting:
    found: Setting = request.param
    return found


@pytest.fixture(scope="module")
def objects(setting: Setting, tmp_path_factory: pytest.TempPathFactory) -> list[Object]:
    return home(tmp_path_factory.mktemp(setting.mode), setting)


def deployment(objects: list[Object], namespace: str, name: str) -> Object:
    (found,) = [one for one in objects if name_of(one) == f"{namespace}/Deployment/{name}"]
    template: Object = found["spec"]["template"]
    return template


def environment(template: Object) -> dict[str, str]:
    (container,) = template["spec"]["containers"]
    return {one["name"]: one.get("value", PLAN_HASH) for one in container["env"]}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_fits_its_schema(objects: list[Object], version: str) -> None:
    for one in objects:
        if not one["apiVersion"].startswith("cert-manager.io/"):
            kubernetes_validate.validate(one, version, strict=True)


@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
def test_an_operator_applies_alone_and_stays_in_its_namespace(role: Role) -> None:
    for one in render(OPERATORS / role.value):
        if one["kind"] == "Namespace":
            assert one["metadata"]["name"] == f"veilward-{role.value}"
            assert one["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
        else:
            assert one["metadata"]["namespace"] == f"veilward-{role.value}", name_of(one)
            assert one["kind"] not in ("Secret", "Certificate")


def test_every_server_has_the_settings_of_a_share_server_and_mounts_what_they_name(
    objects: list[Object], setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    for role in setting.roles:
        template = deployment(objects, f"veilward-{role.value}", "veilward-snni-server")
        (container,) = template["spec"]["containers"]
        mounts = [PurePosixPath(one["mountPath"]) for one in container["volumeMounts"]]
        assert {one["name"] for one in container["volumeMounts"]} == {
            one["name"] for one in template["spec"]["volumes"]
        }
        for name, value in environment(template).items():
            monkeypatch.setenv(name, value)
            if value.startswith("/"):
                assert any(PurePosixPath(value).is_relative_to(mount) for mount in mounts), name
        settings = load(SnniServerSettings)
        assert settings.bundle is None and settings.client_ids == CLIENT_IDS
        assert settings.listen_port in {one["containerPort"] for one in container["ports"]}
        assert settings.health_port in {one["containerPort"] for one in container["ports"]}
        pod = template["spec"]
        assert pod["automountServiceAccountToken"] is False and pod["securityContext"]["runAsNonRoot"] is True
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert all(one["readOnly"] for one in container["volumeMounts"])


def test_a_pod_has_the_memory_that_its_clients_may_have_it_take(
    objects: list[Object], setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not what rooms ask for alone: any client could have the pod killed, and with it every room's session."""
    for role in setting.roles:
        template = deployment(objects, f"veilward-{role.value}", "veilward-snni-server")
        for name, value in environment(template).items():
            monkeypatch.setenv(name, value)
        settings = load(SnniServerSettings)
        (container,) = template["spec"]["containers"]
        taken = settings.max_sessions * settings.max_batch * PROVING_BYTES
        assert taken <= size(container["resources"]["limits"]["memory"])


def test_the_room_asks_the_setting_and_never_an_edge(
    objects: list[Object], setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(deployment(objects, "veilward-room", "veilward-snni-client")).items():
        monkeypatch.setenv(name, value)
    settings = load(SnniClientSettings)
    assert settings.setting is setting and settings.edge_url is None


def test_everybody_has_the_same_file_of_servers_and_it_names_services_and_trust_domains(
    objects: list[Object], setting: Setting, tmp_path: Path
) -> None:
    files = [one for one in objects if one["kind"] == "ConfigMap" and "peers.json" in one["data"]]
    assert {one["metadata"]["namespace"] for one in files} == {
        "veilward-room",
        *(f"veilward-{role.value}" for role in setting.roles),
    }
    assert len({one["data"]["peers.json"] for one in files}) == 1
    made = {(one["metadata"]["namespace"], one["metadata"]["name"]) for one in files}
    for one in (one for one in objects if one["kind"] == "Deployment"):
        for volume in one["spec"]["template"]["spec"].get("volumes", []):
            if volume["name"] == "peers":
                made.remove((one["metadata"]["namespace"], volume["configMap"]["name"]))
    assert not made
    (tmp_path / "peers.json").write_text(files[0]["data"]["peers.json"])
    peers = read_peers(tmp_path / "peers.json", setting)
    for role, peer in peers.items():
        assert peer.spiffe_id == spiffe_id(role)
        service, namespace, _ = peer.host.split(".")
        (found,) = [one for one in objects if name_of(one) == f"{namespace}/Service/{service}"]
        assert namespace == f"veilward-{role.value}"
        assert [port["port"] for port in found["spec"]["ports"]] == [peer.port]


def test_every_operator_has_the_two_certificates_that_it_mounts_in_its_own_trust_domain(
    objects: list[Object], setting: Setting
) -> None:
    for role in setting.roles:
        here = f"veilward-{role.value}"
        made = {
            one["spec"]["secretName"]: one["spec"]
            for one in objects
            if one["kind"] == "Certificate" and one["metadata"]["namespace"] == here
        }
        volumes = deployment(objects, here, "veilward-snni-server")["spec"]["volumes"]
        assert set(made) == {one["secret"]["secretName"] for one in volumes if "secret" in one}
        assert {spec["uris"][0] for spec in made.values()} == {spiffe_id(role)}
        sides = {name: spec["usages"][1] for name, spec in made.items()}
        assert sides == {"veilward-snni-server-snni": "server auth", "veilward-snni-server-dial": "client auth"}
    assert len({spiffe_id(role).split("/")[2] for role in setting.roles}) == len(setting.roles)


def test_without_cert_manager_the_same_are_in_a_table() -> None:
    rows = [line.split() for line in (OPERATORS / "table").read_text().splitlines() if not line.startswith("#")]
    for role in Role:
        mine = {(row[0], row[1], row[3]) for row in rows if row[2] == spiffe_id(role)}
        prefix = f"veilward-{role.value}"
        assert mine == {(f"{prefix}-snni", "snni", "server"), (f"{prefix}-dial", "snni", "client")}


def test_exactly_the_arrows_between_rooms_and_servers(objects: list[Object], setting: Setting) -> None:
    namespaces = {one["metadata"]["name"]: one["metadata"]["labels"] for one in objects if one["kind"] == "Namespace"}
    network = Network([one for one in objects if one["kind"] == "NetworkPolicy"], namespaces)

    def pod(name: str, app: str, namespace: str) -> Endpoint:
        return Endpoint(name, namespace, {"app.kubernetes.io/name": app})

    servers = {role: pod(role.value, "snni-server", f"veilward-{role.value}") for role in setting.roles}
    dns = Endpoint("dns", "kube-system", {"k8s-app": "kube-dns"})
    others = [
        *(pod(app, app, "veilward-room") for app in ("ingest", "keyframe", "nats-leaf")),
        pod("false server", "snni-server", "default"),
        pod("edge", "snni-server", "veilward-edge"),
        *(pod(f"unknown {role.value}", "unknown", f"veilward-{role.value}") for role in setting.roles),
        STRANGER,
    ]
    room = pod("room", "snni-client", "veilward-room")
    everybody = [*servers.values(), room, *others, dns, PROMETHEUS]
    arrows = {("room", role.value, "TCP", 7443) for role in setting.roles}
    for role in setting.roles:
        arrows |= {(role.value, other.value, "TCP", 7443) for other, _ in outward(role, Setting.FOUR_ACTIVE).values()}
        arrows |= {(role.value, "dns", protocol, 53) for protocol in ("TCP", "UDP")}
        arrows.add(("prometheus", role.value, "TCP", 8081))
    names = {role.value for role in setting.roles}
    passing = {
        (source.name, destination.name, *port)
        for source, destination in itertools.permutations(everybody, 2)
        if {source.name, destination.name} & names
        for port in PORTS
        if network.allows(source, destination, *port)
    }
    assert passing == {arrow for arrow in arrows if arrow[1] in names | {"dns"}}


def test_what_operators_provide_is_in_the_readme() -> None:
    readme = (ROOT / "deploy" / "README.md").read_text()
    for name in ("veilward-share", "veilward-peers", "veilward-snni-server-dial", "k8s/operators"):
        assert f"`{name}" in readme, name
