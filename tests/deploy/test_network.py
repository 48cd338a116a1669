"""The network policies allow the arrows of ARCHITECTURE.md, section 2, and nothing else.

Every pair of endpoints is tried on every port that anything listens on, and on some that nothing does.
"""

from __future__ import annotations

import itertools

import pytest

from tests.deploy.arrows import ARROWS, EVERYBODY, IMPOSTORS, OURS, PORTS
from tests.deploy.manifests import HOME, of_kind, render
from tests.deploy.policies import Endpoint, Network, matches


def network(*, without: str = "") -> Network:
    """The rendered policies, or all but one."""
    policies = [one for one in of_kind("NetworkPolicy") if one["metadata"]["name"] != without]
    return Network(policies, {one["metadata"]["name"]: one["metadata"]["labels"] for one in of_kind("Namespace")})


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
