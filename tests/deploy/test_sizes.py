"""What pods ask for and may take: by the measured peaks, the stores' own limits, and the nodes that they run on."""

from __future__ import annotations

import json

import pytest

from services.snni_client.settings import SnniClientSettings
from tests.deploy.cluster.podman import cores, size
from tests.deploy.manifests import (
    HOME,
    ROOT,
    config_of,
    name_of,
    of_kind,
    pod_named,
    pods,
    render,
)


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


@pytest.mark.parametrize(("app", "limit_bytes"), [("nats-leaf", 1024**3), ("nats-hub", 16 * 1024**3)])
def test_nats_has_the_room_that_its_configuration_claims(app: str, limit_bytes: int) -> None:
    pod = pod_named(app)
    config = config_of(app, pod.namespace)[f"{app.removeprefix('nats-')}.conf"]
    assert f"max_file_store: {limit_bytes}\n" in config
    (claim,) = pod.workload["spec"]["volumeClaimTemplates"]
    size = claim["spec"]["resources"]["requests"]["storage"]
    assert int(size.removesuffix("Gi")) * 1024**3 > limit_bytes
    mounts = {mount["name"]: mount["mountPath"] for mount in pod.container["volumeMounts"]}
    assert f'store_dir: "{mounts["store"]}"' in config
    for part in ("server", "remote"):
        assert (f'"/etc/veilward/nats/{part}/tls.crt"' in config) == (part in mounts)


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
