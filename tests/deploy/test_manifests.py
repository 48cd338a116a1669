"""deploy/k8s as rendered: valid, complete, and in step with itself."""

from __future__ import annotations

from pathlib import Path

import kubernetes_validate
import pytest

from tests.deploy.manifests import (
    K8S,
    ROOT,
    VERSIONS,
    WORKLOADS,
    ZONES,
    name_of,
    of_kind,
    pod_named,
    pods,
    render,
)

OPERATORS = {
    ("ConfigMap", "veilward-ward-keys"),
    ("Secret", "veilward-consent-key"),
    ("Secret", "veilward-redis"),
    ("Secret", "veilward-postgres"),
    ("Secret", "veilward-alerts-audit"),
}


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
