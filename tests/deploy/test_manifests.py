"""deploy/k8s as rendered: valid, restricted, complete, and in step with the code and with itself."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from localsite.nats_server import SYNC_SINCE, version
from localsite.postgres_server import programs
from services.bus.nats_config import HubOptions, LeafOptions, hub_config, leaf_config
from services.site.file import load_site
from services.snni_client.settings import SnniClientSettings
from tests.deploy.cluster.podman import cores, size
from tests.deploy.manifests import HOME, K8S, ROOT, VERSIONS, WORKLOADS, ZONES, PodKind, name_of, of_kind, pods, render

OURS = ("ingest", "keyframe", "snni-client", "provision", "snni-server", "alerts")
OPERATORS = {
    ("ConfigMap", "veilward-ward-keys"),
    ("Secret", "veilward-consent-key"),
    ("Secret", "veilward-redis"),
    ("Secret", "veilward-postgres"),
    ("Secret", "veilward-alerts-audit"),
}
ROOM_WITH_FACES = ("ingest", "keyframe", "snni-client")


def pod_named(app: str) -> PodKind:
    """The pod of one workload."""
    (found,) = [one for one in pods() if one.app == app]
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_fits_the_schema_of_its_kind(version: str) -> None:
    native = [one for one in render() if not one["apiVersion"].startswith("cert-manager.io/")]
    assert len(native) > 50
    for one in native:
        kubernetes_validate.validate(one, version, strict=True)


def test_the_schemas_refuse_what_is_wrong() -> None:
    broken = next(one for one in render() if one["kind"] == "Deployment")
    broken["spec"]["template"]["spec"]["containers"][0]["imagePullPolice"] = "Always"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, VERSIONS[-1], strict=True)


@pytest.mark.parametrize("zone", ZONES)
def test_a_zone_applies_alone_and_stays_in_its_namespace(zone: str) -> None:
    objects = render(K8S / zone)
    for one in objects:
        if one["kind"] == "Namespace":
            assert one["metadata"]["name"] == f"veilward-{zone}"
            labels = one["metadata"]["labels"]
            assert {labels[f"pod-security.kubernetes.io/{mode}"] for mode in ("enforce", "warn", "audit")} == {
                "restricted"
            }
        else:
            assert one["metadata"]["namespace"] == f"veilward-{zone}", name_of(one)


@pytest.mark.parametrize("directory", [K8S, *(K8S / zone for zone in ZONES)])
def test_what_kubernetes_itself_does_not_know_is_in_components(directory: Path) -> None:
    kinds = {one["kind"] for one in render(directory)}
    assert not kinds & {"Certificate", "HorizontalPodAutoscaler"}, "apply -k would end at a kind that nobody installed"


def test_images_are_named_with_their_registry() -> None:
    for one in render(K8S):
        if one["kind"] in WORKLOADS:
            for container in one["spec"]["template"]["spec"]["containers"]:
                host, _, rest = container["image"].partition("/")
                assert "." in host, f"{container['image']} would be pulled from whoever owns that name"
                assert host != "docker.io" or rest.startswith("library/")
    pulled = {pod.container["image"].partition("/")[0] for pod in pods()}
    assert pulled == {"registry.example.org"}, "one line of an overlay each, and nothing else, names another registry"


def test_what_is_asked_for_fits_on_one_node_of_four_cores() -> None:
    asked = [(pod.container["resources"]["requests"], pod.workload["spec"]["replicas"]) for pod in pods()]
    assert sum(cores(one["cpu"]) * count for one, count in asked) <= 2.5, "the rest is the system's"
    assert sum(size(one["memory"]) * count for one, count in asked) <= 2.5 * 2**30, "of 4 GiB"


def test_the_edges_memory_and_cores_hold_its_sessions() -> None:
    """By the measured peaks of one camera and of several, and what each inference that a device keeps ready adds.

    A batch is made when fewer are ready than are asked for: at most one less than that and a batch are kept.
    """
    measured = json.loads((ROOT / "bench" / "results" / "expression-capacity.json").read_text())
    peaks = {row["cameras"]: row["server_peak_mb"] * 1e6 for row in measured["cameras"]}
    most, alone = max(peaks), measured["alone"]
    a_session = (peaks[most] - peaks[1]) / (most - 1)
    server = pod_named("snni-server")
    (scaled,) = [one for one in render(HOME) if name_of(one) == "veilward-edge/Deployment/veilward-snni-server"]
    (scaler,) = [one for one in render(HOME) if one["kind"] == "HorizontalPodAutoscaler"]
    told = {name: int(entry["value"]) for name, entry in server.environment.items() if "MAX_" in name}
    ready, sessions = told["VEILWARD_SNNI_SERVER_MAX_PREPARED"], told["VEILWARD_SNNI_SERVER_MAX_SESSIONS"]
    a_session *= max(1.0, ready / (measured["options"]["ahead"] - 1 + measured["options"]["batch"]))
    target = int(scaler["spec"]["metrics"][0]["external"]["target"]["averageValue"])
    a_core = (alone["online_server_cpu_s"] + alone["offline_server_cpu_s"]) / measured["options"]["period"]
    limits, requests = (
        one["resources"] for one in (server.container, scaled["spec"]["template"]["spec"]["containers"][0])
    )
    assert peaks[1] + sessions * a_session <= 0.8 * size(limits["limits"]["memory"])
    assert sessions * a_core <= 0.8 * cores(limits["limits"]["cpu"])
    assert peaks[1] + target * a_session <= size(requests["requests"]["memory"])
    assert target * a_core <= cores(requests["requests"]["cpu"])


def test_a_device_that_a_full_pod_refused_is_not_kept_to_it() -> None:
    (service,) = [one for one in of_kind("Service") if one["metadata"]["name"] == "veilward-snni-server"]
    kept_s = service["spec"]["sessionAffinityConfig"]["clientIP"]["timeoutSeconds"]
    assert "VEILWARD_SNNI_CLIENT_RECONNECT_MAX_S" not in pod_named("snni-client").environment
    assert kept_s < SnniClientSettings.model_fields["reconnect_max_s"].default


def test_a_house_with_a_postgresql_of_its_own_runs_none_of_ours() -> None:
    objects = render(K8S / "examples" / "own-postgres")
    assert not [name_of(one) for one in objects if one["metadata"]["name"].startswith("veilward-postgres")]
    policies = {one["metadata"]["name"]: one["spec"] for one in objects if one["kind"] == "NetworkPolicy"}
    assert "alerts-to-postgres-in" not in policies
    assert policies["alerts-to-postgres-out"]["egress"][0]["to"] == [{"ipBlock": {"cidr": "203.0.113.5/32"}}]
    (alerts,) = [one for one in objects if name_of(one) == "veilward-ward/StatefulSet/veilward-alerts"]
    assert alerts["spec"]["replicas"] == 2


def test_names_are_unique_and_nothing_holds_a_secret() -> None:
    names = [name_of(one) for one in render()]
    assert len(names) == len(set(names))
    assert not of_kind("Secret")


@pytest.mark.parametrize("pod", pods(), ids=lambda pod: pod.app)
def test_pods_are_restricted(pod: PodKind) -> None:
    assert pod.spec["automountServiceAccountToken"] is False
    assert pod.spec["enableServiceLinks"] is False, "service links look like settings that no service knows"
    whole = pod.spec["securityContext"]
    assert whole["runAsNonRoot"] is True
    assert whole["runAsUser"] == whole["fsGroup"] == 65532
    assert whole["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod.container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod.spec)
    assert not [one for one in pod.container.get("ports", []) if "hostPort" in one]
    kinds = {key for volume in pod.spec["volumes"] for key in volume if key != "name"}
    assert kinds <= {"secret", "configMap"}


@pytest.mark.parametrize("pod", pods(), ids=lambda pod: pod.app)
def test_service_accounts_are_their_own_and_bound_to_nothing(pod: PodKind) -> None:
    accounts = {
        (one["metadata"]["namespace"], one["metadata"]["name"]): one["automountServiceAccountToken"]
        for one in of_kind("ServiceAccount")
    }
    assert accounts[pod.namespace, pod.spec["serviceAccountName"]] is False
    assert pod.spec["serviceAccountName"] == f"veilward-{pod.app}"
    assert not of_kind("RoleBinding", "ClusterRoleBinding")


@pytest.mark.parametrize("app", ROOM_WITH_FACES)
def test_nothing_writable_near_a_face(app: str) -> None:
    """But for the few KiB in which ingest keeps consents and pauses."""
    pod = pod_named(app)
    claims = pod.workload["spec"].get("volumeClaimTemplates", [])
    writable = [one["name"] for one in pod.container["volumeMounts"] if not one.get("readOnly")]
    assert writable == [one["metadata"]["name"] for one in claims] == (["consent"] if app == "ingest" else [])
    assert all(one["spec"]["resources"]["requests"]["storage"] == "16Mi" for one in claims)


@pytest.mark.parametrize("pod", pods(), ids=lambda pod: pod.app)
def test_resources_and_probes(pod: PodKind) -> None:
    resources = pod.container["resources"]
    assert {"cpu", "memory"} == set(resources["requests"]) == set(resources["limits"])
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(pod.container)
    if pod.app in OURS:
        assert pod.container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "health"}
        assert pod.container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "health"}
        assert {"name": "health", "containerPort": 8081} in pod.container["ports"]


def test_every_volume_is_used_and_every_mount_exists() -> None:
    for pod in pods():
        volumes = {one["name"] for one in pod.spec["volumes"]}
        claims = {one["metadata"]["name"] for one in pod.workload["spec"].get("volumeClaimTemplates", [])}
        assert {mount["name"] for mount in pod.container["volumeMounts"]} == volumes | claims, pod.app


def test_what_pods_refer_to_exists_or_is_named_in_the_readme() -> None:
    made = {(one["metadata"]["namespace"], "ConfigMap", one["metadata"]["name"]) for one in of_kind("ConfigMap")}
    made |= {(one["metadata"]["namespace"], "Secret", one["spec"]["secretName"]) for one in of_kind("Certificate")}
    readme = (ROOT / "deploy" / "README.md").read_text()
    wanted: set[tuple[str, str, str]] = set()
    for pod in pods():
        wanted |= {(pod.namespace, "ConfigMap", name) for name in pod.config_maps()}
        wanted |= {(pod.namespace, "Secret", name) for name in pod.secrets()}
    assert {(kind, name) for _, kind, name in wanted - made} == OPERATORS
    assert all(f"`{name}`" in readme for _, name in OPERATORS)
    assert made <= wanted, "something is made that nobody reads"


def test_services_select_pods_and_their_ports() -> None:
    known = {(pod.namespace, pod.app): pod for pod in pods()}
    for one in of_kind("Service"):
        spec = one["spec"]
        pod = known[one["metadata"]["namespace"], spec["selector"]["app.kubernetes.io/name"]]
        named = {port["name"]: port["containerPort"] for port in pod.container["ports"]}
        outside = spec.get("type") == "LoadBalancer"
        for port in spec["ports"]:
            assert outside or named[port["targetPort"]] == port["port"], name_of(one)
            assert port["targetPort"] in named


def test_a_session_meets_one_pod() -> None:
    (service,) = [one for one in of_kind("Service") if name_of(one) == "veilward-edge/Service/veilward-snni-server"]
    assert service["spec"]["sessionAffinity"] == "ClientIP"


def test_images_are_ours_or_versions_that_are_known_to_do() -> None:
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    images = {pod.app: pod.container["image"] for pod in pods()}
    for app in OURS:
        image = "snni-client" if app == "provision" else app
        assert images[app] == f"registry.example.org/veilward/{image}:{ours}"
        assert f" AS {image}\n" in (ROOT / "deploy" / "images" / "Dockerfile").read_text()
    assert images["nats-hub"] == images["nats-leaf"]
    assert images["nats-hub"].split(":")[1].split("-")[0] == ".".join(map(str, version())), "what the tests run"
    assert version() >= SYNC_SINCE, "older ones refuse sync_interval"
    assert _minor(images["redis"]) == _installed("redis-server", r"v=(\d+\.\d+)")
    assert _minor(images["postgres"]) == _installed(str(programs() / "postgres"), r" (\d+\.\d+)")


def test_replicas_of_alerts_have_one_database_and_names_by_which_they_ask_each_other() -> None:
    alerts = pod_named("alerts")
    spec, environment = alerts.workload["spec"], alerts.environment
    assert spec["replicas"] == 2
    assert environment["VEILWARD_ALERTS_DATABASE_URL"]["valueFrom"] == {
        "secretKeyRef": {"name": "veilward-postgres", "key": "url"}
    }
    (names,) = [one["spec"] for one in of_kind("Service") if one["metadata"]["name"] == spec["serviceName"]]
    assert names["clusterIP"] == "None" and names["publishNotReadyAddresses"]
    (port,) = [one["port"] for one in names["ports"]]
    assert environment["VEILWARD_ALERTS_REPLICA"]["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}
    host = f"$(VEILWARD_ALERTS_REPLICA).{spec['serviceName']}"
    assert environment["VEILWARD_ALERTS_REPLICA_URL"]["value"] == f"https://{host}:{port}"
    assert {one["metadata"]["name"] for one in spec["volumeClaimTemplates"]} == {"audit"}, "each its own copy"


def _minor(image: str) -> str:
    return ".".join(image.split(":")[1].split("-")[0].split(".")[:2])


def _installed(program: str, pattern: str) -> str:
    found = re.search(pattern, subprocess.run([program, "--version"], capture_output=True, text=True).stdout)
    assert found
    return found[1]


def _data(prefix: str, namespace: str) -> dict[str, str]:
    for one in of_kind("ConfigMap"):
        named = re.fullmatch(rf"{prefix}-[a-z0-9]{{10}}", one["metadata"]["name"])
        if named and one["metadata"]["namespace"] == namespace:
            return dict(one["data"])
    raise AssertionError(f"no config map {prefix} in {namespace}")


def test_nats_runs_on_the_generated_configuration() -> None:
    assert _data("nats-leaf", "veilward-room")["leaf.conf"] == leaf_config(LeafOptions())
    assert _data("nats-hub", "veilward-ward")["hub.conf"] == hub_config(HubOptions())


@pytest.mark.parametrize(("app", "limit_bytes"), [("nats-leaf", 1024**3), ("nats-hub", 16 * 1024**3)])
def test_nats_has_the_room_that_its_configuration_claims(app: str, limit_bytes: int) -> None:
    pod = pod_named(app)
    config = _data(app, pod.namespace)[f"{app.removeprefix('nats-')}.conf"]
    assert f"max_file_store: {limit_bytes}\n" in config
    (claim,) = pod.workload["spec"]["volumeClaimTemplates"]
    size = claim["spec"]["resources"]["requests"]["storage"]
    assert int(size.removesuffix("Gi")) * 1024**3 > limit_bytes
    mounts = {mount["name"]: mount["mountPath"] for mount in pod.container["volumeMounts"]}
    assert f'store_dir: "{mounts["store"]}"' in config
    for part in ("server", "remote"):
        assert (f'"/etc/veilward/nats/{part}/tls.crt"' in config) == (part in mounts)


def test_the_site_is_the_same_everywhere_and_loads(tmp_path) -> None:
    text = _data("site", "veilward-room")["site.yaml"]
    assert text == _data("site", "veilward-ward")["site.yaml"]
    path = tmp_path / "site.yaml"
    path.write_text(text)
    assert load_site(path).camera_ids


def test_the_ward_hears_the_rooms_that_the_hub_knows() -> None:
    domains = yaml.safe_load(pod_named("alerts").environment["VEILWARD_ALERTS_ROOM_DOMAINS"]["value"])
    assert tuple(domains) == HubOptions().domains == (LeafOptions().domain,)


def test_the_autoscaler_and_the_budget_aim_at_the_edge() -> None:
    edge = render(HOME / "edge")
    (scaler,) = [one for one in edge if one["kind"] == "HorizontalPodAutoscaler"]
    (budget,) = of_kind("PodDisruptionBudget")
    (server,) = [one for one in edge if one["kind"] == "Deployment"]
    assert scaler["spec"]["scaleTargetRef"]["name"] == server["metadata"]["name"]
    assert scaler["metadata"]["namespace"] == server["metadata"]["namespace"]
    assert "replicas" not in server["spec"], "the autoscaler's number would be reset at every apply"
    assert not of_kind("HorizontalPodAutoscaler"), "without its adapter it would hold two replicas for ever"
    server = pod_named("snni-server")
    assert server.workload["spec"]["replicas"] == 1
    assert budget["spec"]["selector"]["matchLabels"].items() <= server.labels.items()
    assert scaler["spec"]["minReplicas"] > budget["spec"]["maxUnavailable"]


def test_termination_leaves_time_to_drain() -> None:
    for pod in pods():
        if pod.app in OURS:
            prefix = f"VEILWARD_{pod.app.replace('-', '_').upper()}_DRAIN_S"
            drain_s = float(pod.environment.get(prefix, {"value": "5"})["value"])
            assert pod.spec["terminationGracePeriodSeconds"] >= 2 * drain_s


def test_the_edge_serves_the_bundle_that_its_image_holds() -> None:
    folder = pod_named("snni-server").environment["VEILWARD_SNNI_SERVER_BUNDLE"]["value"]
    image = (ROOT / "deploy" / "images" / "Dockerfile").read_text()
    assert f" {folder}/\n" in image
    bundle = ROOT / folder.removeprefix("/opt/veilward/")
    assert {"plan.json", "weights.safetensors", "card.md"} <= {path.name for path in bundle.iterdir()}
