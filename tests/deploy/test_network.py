"""The network policies allow the arrows of ARCHITECTURE.md, section 2, and nothing else.

Every pair of endpoints is tried on every port that anything listens on, and on some that nothing does.
"""

from __future__ import annotations

import itertools

import pytest

from tests.deploy.manifests import HOME, of_kind, pods, render
from tests.deploy.policies import Endpoint, Network, matches

CAMERA = Endpoint("camera", address="192.0.2.77")
BROWSER = Endpoint("browser", address="198.51.100.20")
RECEIVER = Endpoint("receiver", address="203.0.113.80")
STRANGER = Endpoint("stranger", address="203.0.113.9")
DNS = Endpoint("dns", "kube-system", {"k8s-app": "kube-dns"})
PROMETHEUS = Endpoint("prometheus", "monitoring", {"app.kubernetes.io/name": "prometheus"})
GRAFANA = Endpoint("grafana", "monitoring", {"app.kubernetes.io/name": "grafana"})
PORTS = [
    ("TCP", port)
    for port in (22, 53, 80, 322, 443, 554, 4222, 5432, 6379, 6443, 7422, 7443, 8081, 8222, 8443, 9090, 32768, 40000)
]
PORTS += [("UDP", port) for port in (53, 8443, 32768, 39999, 40000, 40007, 40008, 60999)]

HEALTH = ("TCP", 8081)
ARROWS = {
    ("camera", "ingest", "TCP", 8443),
    *(("camera", "ingest", "UDP", port) for port in (40000, 40007)),
    *(("ingest", "camera", "TCP", port) for port in (322, 554)),
    *((who, "nats-leaf", "TCP", 4222) for who in ("ingest", "keyframe", "snni-client", "provision")),
    ("nats-leaf", "nats-hub", "TCP", 7422),
    ("snni-client", "snni-server", "TCP", 7443),
    ("alerts", "nats-hub", "TCP", 4222),
    ("alerts", "redis", "TCP", 6379),
    ("alerts", "postgres", "TCP", 5432),
    ("alerts", "alerts", "TCP", 8443),
    ("alerts", "receiver", "TCP", 443),
    ("browser", "alerts", "TCP", 8443),
    *(("prometheus", who, *HEALTH) for who in ("ingest", "keyframe", "snni-client", "snni-server", "alerts")),
    *(
        (who, "dns", protocol, 53)
        for who in ("ingest", "keyframe", "snni-client", "provision", "nats-leaf", "alerts")
        for protocol in ("TCP", "UDP")
    ),
}


def network(*, without: str = "") -> Network:
    """The rendered policies, or all but one."""
    policies = [one for one in of_kind("NetworkPolicy") if one["metadata"]["name"] != without]
    return Network(policies, {one["metadata"]["name"]: one["metadata"]["labels"] for one in of_kind("Namespace")})


OURS = [
    Endpoint(pod.app, pod.namespace, pod.labels)
    for pod in pods()
    for _ in range(min(2, pod.workload["spec"]["replicas"]))
]
"""Two of what runs more than once: one replica may ask another, or may not."""
IMPOSTORS = [Endpoint(f"false-{one.name}", "default", one.labels) for one in OURS] + [
    Endpoint("false-prometheus", "default", PROMETHEUS.labels),
    Endpoint("false-dns", "default", DNS.labels),
    *(Endpoint(f"unknown-{zone}", f"veilward-{zone}", {"app": "unknown"}) for zone in ("room", "edge", "ward")),
]
EVERYBODY = [*OURS, *IMPOSTORS, CAMERA, BROWSER, RECEIVER, STRANGER, DNS, PROMETHEUS, GRAFANA]


def allowed(of: Network) -> set[tuple[str, str, str, int]]:
    """Every connection that has one end in a pod of ours and passes."""
    inside = {one.name for one in OURS} | {one.name for one in IMPOSTORS if one.namespace.startswith("veilward-")}
    return {
        (source.name, destination.name, *port)
        for source, destination in itertools.permutations(EVERYBODY, 2)
        if source.name in inside or destination.name in inside
        for port in PORTS
        if of.allows(source, destination, *port)
    }


def test_exactly_the_arrows() -> None:
    assert allowed(network()) == ARROWS


@pytest.mark.parametrize("name", sorted({one["metadata"]["name"] for one in of_kind("NetworkPolicy")} - {"deny-all"}))
def test_every_policy_is_needed(name: str) -> None:
    assert allowed(network(without=name)) < ARROWS


def test_without_the_denial_more_would_pass() -> None:
    assert allowed(network(without="deny-all")) > ARROWS


def test_rooms_of_one_cluster_reach_the_edge_and_the_ward_and_not_each_other() -> None:
    objects = render(HOME)
    namespaces = {one["metadata"]["name"]: one["metadata"]["labels"] for one in objects if one["kind"] == "Namespace"}
    whole = Network([one for one in objects if one["kind"] == "NetworkPolicy"], namespaces)

    def pod(app: str, namespace: str) -> Endpoint:
        return Endpoint(app, namespace, {"app.kubernetes.io/name": app})

    rooms = ("veilward-room-1", "veilward-room-2")
    for here, there in (rooms, rooms[::-1]):
        assert whole.allows(pod("nats-leaf", here), pod("nats-hub", "veilward-ward"), "TCP", 7422)
        assert whole.allows(pod("snni-client", here), pod("snni-server", "veilward-edge"), "TCP", 7443)
        assert whole.allows(pod("ingest", here), pod("nats-leaf", here), "TCP", 4222)
        for app in ("ingest", "keyframe", "snni-client", "nats-leaf", "provision"):
            for port in (4222, 7422, 8081, 8443):
                assert not whole.allows(pod(app, here), pod("nats-leaf", there), "TCP", port)
                assert not whole.allows(pod(app, here), pod("ingest", there), "TCP", port)


def test_every_policy_selects_a_pod() -> None:
    for one in of_kind("NetworkPolicy"):
        namespace = one["metadata"]["namespace"]
        selector = one["spec"]["podSelector"]
        assert [pod for pod in OURS if pod.namespace == namespace and matches(selector, pod.labels)]


def test_the_evaluator_knows_open_pods_blocks_and_exceptions() -> None:
    pod = Endpoint("pod", "here", {"a": "1"})
    other = Endpoint("other", "there", {"a": "1"})
    outside = Endpoint("outside", address="10.0.0.5")
    rule = {"from": [{"ipBlock": {"cidr": "10.0.0.0/24", "except": ["10.0.0.5/32"]}}]}
    policy = {
        "metadata": {"name": "p", "namespace": "here"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [rule]},
    }
    assert Network([], {}).allows(other, pod, "TCP", 1)
    assert not Network([policy], {}).allows(other, pod, "TCP", 1)
    assert not Network([policy], {}).allows(outside, pod, "TCP", 1)
    assert Network([policy], {}).allows(Endpoint("near", address="10.0.0.6"), pod, "UDP", 65535)
    assert Network([policy], {}).allows(pod, other, "TCP", 1), "egress is not selected"
