"""The network policies allow the arrows of ARCHITECTURE.md, section 2, and nothing else.

Every pair of endpoints is tried on every port that anything listens on, and on some that nothing does.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.deploy.arrows import ARROWS, EVERYBODY, IMPOSTORS, OURS, PORTS
from tests.deploy.manifests import EXAMPLES, HOME, of_kind
from tests.deploy.policies import Endpoint, Network, matches
from tests.deploy.scenes import SCENES, scene


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


@pytest.mark.parametrize("directory", SCENES, ids=lambda path: str(path.relative_to(EXAMPLES)))
def test_in_every_example_exactly_the_arrows(directory: Path) -> None:
    """Rooms of one cluster reach the edge and the ward and not each other; who is elsewhere is known by address."""
    whole = scene(directory)
    assert len(whole.arrows) > len(whole.ours)
    assert whole.passes() == whole.arrows
    assert scene(directory, without="deny-all").passes() > whole.arrows


def test_two_rooms_have_all_that_one_has() -> None:
    home, names = scene(HOME), {one.namespace for one in scene(HOME).ours}
    assert {"veilward-room-1", "veilward-room-2"} < names
    assert sum("veilward-room-1/" in name for one in home.arrows for name in one[:2]) == sum(
        "veilward-room-2/" in name for one in home.arrows for name in one[:2]
    )


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
