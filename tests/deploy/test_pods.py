"""What a pod may do: nothing that it need not, near a face least; and what it must have to be one."""

from __future__ import annotations

import pytest

from tests.deploy.manifests import (
    OURS,
    PodKind,
    of_kind,
    pod_named,
    pods,
)

ROOM_WITH_FACES = ("ingest", "keyframe", "snni-client")


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


def test_termination_leaves_time_to_drain() -> None:
    for pod in pods():
        if pod.app in OURS:
            prefix = f"VEILWARD_{pod.app.replace('-', '_').upper()}_DRAIN_S"
            drain_s = float(pod.environment.get(prefix, {"value": "5"})["value"])
            assert pod.spec["terminationGracePeriodSeconds"] >= 2 * drain_s
