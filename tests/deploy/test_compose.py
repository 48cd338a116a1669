"""The compose file of a home without Kubernetes is the manifests' own."""

from __future__ import annotations

import yaml

from tests.deploy.compose import FILE, NETWORKS, OUTSIDE, composed, text
from tests.deploy.manifests import pods


def test_it_is_what_the_manifests_say() -> None:
    assert FILE.read_text() == text(), "run python -m tests.deploy.compose"
    assert yaml.safe_load(FILE.read_text()) == composed()


def test_who_shares_no_arrow_shares_no_network() -> None:
    """Of the table of arrows: faces stay in the room's network, the edge hears one service, Redis only its ward."""
    assert NETWORKS["snni-server"] == ("scoring",)
    assert {app for app, networks in NETWORKS.items() if "scoring" in networks} == {"snni-client", "snni-server"}
    assert {app for app, networks in NETWORKS.items() if "uplink" in networks} == {"nats-leaf", "nats-hub"}
    room = {app for app, networks in NETWORKS.items() if "room" in networks}
    assert room.isdisjoint({"nats-hub", "redis", "postgres", "alerts", "snni-server"})
    assert {app for app, networks in NETWORKS.items() if set(networks) & set(OUTSIDE)} == {"ingest", "alerts"}


def test_every_service_is_as_restricted_as_its_pod() -> None:
    services = composed()["services"]
    assert set(services) == {f"veilward-{pod.app}" for pod in pods()}
    for one in services.values():
        assert one["user"] == "65532:65532"
        assert one["read_only"] and one["cap_drop"] == ["ALL"]
        assert one["security_opt"] == ["no-new-privileges:true"]
        assert "." in one["image"].split("/")[0]
    published = [port.partition(":")[0] for one in services.values() for port in one.get("ports", [])]
    assert len(published) == len(set(published)), "two services cannot have one port of the machine"
