"""The examples are what `./run overlay` makes of their site.yaml; each fits the schemas and its cluster."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import kubernetes_validate
import pytest

from services.bus.identities import leaf_remote, spiffe
from services.bus.nats_config import HubOptions, LeafOptions, hub_config, leaf_config
from services.site.file import load_site
from services.site.overlay.__main__ import main
from services.site.overlay.overlay import KINDS
from tests.deploy.manifests import CLUSTERS, EXAMPLES, HOME, ROOT, WORKLOADS, Object, name_of, of_kind, pods, render
from tests.deploy.prometheus_operator import MODELS

HOMES = {HOME: ("room-1", "room-2"), EXAMPLES / "cloud-edge" / "home": ("room-1", "room-2")}
each_cluster = pytest.mark.parametrize("directory", CLUSTERS, ids=lambda path: str(path.relative_to(EXAMPLES)))
each_room = pytest.mark.parametrize(
    ("home", "room"), [(home, room) for home, rooms in HOMES.items() for room in rooms], ids=str
)


def files(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def config(objects: list[Object], prefix: str, namespace: str) -> dict[str, str]:
    """The data of a generated config map."""
    (found,) = [
        one["data"]
        for one in objects
        if one["kind"] == "ConfigMap"
        and one["metadata"]["namespace"] == namespace
        and re.fullmatch(rf"{prefix}-[a-z0-9]{{10}}", one["metadata"]["name"])
    ]
    return dict(found)


@pytest.mark.parametrize(("kind", "name"), [*((one, one) for one in KINDS), ("single-node", "probed")])
def test_an_example_is_what_the_command_makes_of_its_site(kind: str, name: str, tmp_path: Path) -> None:
    example = EXAMPLES / name
    made = tmp_path / "deploy" / "k8s" / "examples" / name
    base = tmp_path / "deploy" / "k8s"
    (base / "room").mkdir(parents=True)
    (base / "room" / "kustomization.yaml").touch()
    assert main([kind, str(example / "site.yaml"), str(made), "--base", str(base)]) == 0
    again = f"./run overlay {kind} deploy/k8s/examples/{name}/site.yaml deploy/k8s/examples/{name} --force"
    assert {**files(made), "site.yaml": (example / "site.yaml").read_bytes()} == files(example), again


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_pins_the_network_that_is_served(kind: str) -> None:
    folder = next(pod for pod in pods() if pod.app == "snni-server").environment["VEILWARD_SNNI_SERVER_BUNDLE"]["value"]
    plan = (ROOT / folder.removeprefix("/opt/veilward/") / "plan.json").read_bytes()
    assert f"plan_hash: {hashlib.sha256(plan).hexdigest()}\n" in (EXAMPLES / kind / "site.yaml").read_text()


@each_cluster
def test_every_object_fits_the_schema_of_its_kind(directory: Path) -> None:
    native = [one for one in render(directory) if one["kind"] not in MODELS]
    assert native
    for one in native:
        kubernetes_validate.validate(one, "1.37", strict=True)


@each_cluster
def test_names_are_unique_and_images_from_one_registry(directory: Path) -> None:
    names = [name_of(one) for one in render(directory)]
    assert len(names) == len(set(names))
    assert {pod.container["image"].partition("/")[0] for pod in pods(directory)} == {"registry.example.org"}


@each_cluster
def test_what_pods_mount_is_made_in_their_namespace_or_is_the_installers(directory: Path) -> None:
    objects = render(directory)
    made = {(one["metadata"]["namespace"], one["metadata"]["name"]) for one in objects if one["kind"] == "ConfigMap"}
    wanted = {(pod.namespace, name) for pod in pods(directory) for name in pod.config_maps()}
    assert {name for _, name in wanted - made} <= {"veilward-ward-keys"}
    certificates = {
        (one["metadata"]["namespace"], one["spec"]["secretName"]) for one in objects if one["kind"] == "Certificate"
    }
    mounted = {(pod.namespace, name) for pod in pods(directory) for name in pod.secrets()}
    assert certificates <= mounted
    assert {name for _, name in mounted - certificates} <= {
        "veilward-consent-key",
        "veilward-redis",
        "veilward-postgres",
        "veilward-alerts-audit",
    }


@each_room
def test_every_room_has_its_namespace_node_domain_identities_and_cameras(home: Path, room: str, tmp_path: Path) -> None:
    objects, namespace = render(home / room), f"veilward-{room}"
    for one in objects:
        assert namespace == (one["metadata"].get("namespace") or one["metadata"]["name"]), name_of(one)
        if one["kind"] in WORKLOADS:
            assert one["spec"]["template"]["spec"]["nodeSelector"] == {"veilward/room": room}
            (toleration,) = one["spec"]["template"]["spec"]["tolerations"]
            assert (toleration["key"], toleration["value"]) == ("veilward/room", room)
    assert config(objects, "nats-leaf", namespace)["leaf.conf"] == leaf_config(LeafOptions(domain=room))
    uris = {one["spec"]["secretName"]: one["spec"]["uris"] for one in objects if one["kind"] == "Certificate"}
    assert uris["veilward-nats-leaf-remote"] == [leaf_remote(room).uri]
    client = room if home == HOME else f"haus-am-see.{room}"
    assert uris["veilward-snni-client-snni"] == [spiffe("room", "snni_client", client)]
    path = tmp_path / "site.yaml"
    path.write_text(config(objects, "site", namespace)["site.yaml"])
    assert load_site(path).camera_ids == (f"cam-{room[-1]}",), "its services would report on cameras of others"


@pytest.mark.parametrize("home", HOMES, ids=str)
def test_the_ward_hears_all_its_rooms_and_has_a_node(home: Path, tmp_path: Path) -> None:
    objects, rooms = render(home), HOMES[home]
    assert config(objects, "nats-hub", "veilward-ward")["hub.conf"] == hub_config(HubOptions(domains=rooms))
    alerts = next(pod for pod in pods(home) if pod.app == "alerts")
    assert alerts.environment["VEILWARD_ALERTS_ROOM_DOMAINS"]["value"] == '["room-1", "room-2"]'
    path = tmp_path / "site.yaml"
    path.write_text(config(objects, "site", "veilward-ward")["site.yaml"])
    assert load_site(path).camera_ids == ("cam-1", "cam-2")
    for pod in pods(home):
        if pod.namespace in ("veilward-ward", "veilward-edge"):
            assert pod.spec["nodeSelector"] == {"veilward/zone": pod.namespace.removeprefix("veilward-")}


def test_one_machine_has_every_port_once_and_no_labels_of_nodes() -> None:
    balancers = [one["spec"] for one in of_kind("Service") if one["spec"].get("type") == "LoadBalancer"]
    ports = [(port.get("protocol", "TCP"), port["port"]) for spec in balancers for port in spec["ports"]]
    assert len(balancers) == 2
    assert len(ports) == len(set(ports)), "k3s gives a port of its node to one Service; the other stays pending"
    assert not [pod.app for pod in pods() if "nodeSelector" in pod.spec]


def test_an_edge_elsewhere_is_dialled_where_it_is_published() -> None:
    home, cloud = EXAMPLES / "cloud-edge" / "home", EXAMPLES / "cloud-edge" / "cloud"
    assert {pod.app for pod in pods(cloud)} == {"snni-server"}
    assert "snni-server" not in {pod.app for pod in pods(home)}
    dialled = {
        pod.environment["VEILWARD_SNNI_CLIENT_EDGE_URL"]["value"] for pod in pods(home) if pod.app == "snni-client"
    }
    assert dialled == {"snni://edge.example.org:7443"}
    (service,) = [one["spec"] for one in render(cloud) if name_of(one) == "veilward-edge/Service/veilward-snni-server"]
    assert (service["type"], service["externalTrafficPolicy"]) == ("LoadBalancer", "Local")
    assert service["sessionAffinity"] == "ClientIP"
    assert [port["port"] for port in service["ports"]] == [7443]
