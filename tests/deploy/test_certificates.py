"""The certificates name the identities that the code expects, on the side on which they may stand."""

from __future__ import annotations

import pytest

from localsite.pki import certificates
from services.snni_client.settings import SnniClientSettings
from services.snni_server.settings import SnniServerSettings
from tests.deploy.manifests import Object, of_kind, pods

SECRET_OF = {
    "bus_ingest": "veilward-ingest-bus",
    "bus_keyframe": "veilward-keyframe-bus",
    "bus_snni_client": "veilward-snni-client-bus",
    "bus_bridge": "veilward-bridge-bus",
    "bus_alerts": "veilward-alerts-bus",
    "nats_leaf": "veilward-nats-leaf-server",
    "nats_hub": "veilward-nats-hub-server",
    "leaf_remote": "veilward-nats-leaf-remote",
    "snni_client": "veilward-snni-client-snni",
    "snni_server": "veilward-snni-server-snni",
    "ingest_web": "veilward-ingest-web",
    "dashboard_web": "veilward-alerts-web",
}
FIELDS = {"secretName", "issuerRef", "uris", "dnsNames", "usages", "privateKey", "duration", "renewBefore"}


def by_secret() -> dict[str, Object]:
    """The specification of every Certificate."""
    return {one["spec"]["secretName"]: one["spec"] for one in of_kind("Certificate")}


@pytest.mark.parametrize("leaf", certificates(), ids=lambda leaf: leaf.name)
def test_identities_authorities_and_sides_are_those_of_the_code(leaf) -> None:
    spec = by_secret()[SECRET_OF[leaf.name]]
    assert spec["uris"] == [leaf.uri]
    assert spec["issuerRef"] == {
        "group": "cert-manager.io",
        "kind": "ClusterIssuer",
        "name": f"veilward-{leaf.authority}",
    }
    assert spec["usages"] == ["digital signature", f"{leaf.side} auth"]
    assert ("dnsNames" in spec) == (leaf.side == "server")


def test_beyond_these_there_are_only_the_certificates_of_redis_and_postgresql() -> None:
    others = {"veilward-redis-server", "veilward-postgres-server"}
    assert set(by_secret()) - set(SECRET_OF.values()) == others
    for name in others:
        assert by_secret()[name]["usages"] == ["digital signature", "server auth"]
    for spec in by_secret().values():
        assert set(spec) <= FIELDS
        assert spec["privateKey"]["rotationPolicy"] == "Always"
        assert int(spec["renewBefore"][:-1]) < int(spec["duration"][:-1])


def test_servers_are_named_as_they_are_dialled() -> None:
    hosts = {
        value.split("://", 1)[1].rpartition(":")[0].rpartition("@")[2]
        for pod in pods()
        for entry in pod.environment.values()
        if (value := entry.get("value", "")).startswith("tls://")
    }
    named = {name for spec in by_secret().values() for name in spec.get("dnsNames", [])}
    assert hosts == {"veilward-nats-leaf", "veilward-nats-hub"}
    assert hosts | {"veilward-redis", "veilward-postgres", "dashboard.veilward.internal"} <= named


def test_both_parties_expect_each_other() -> None:
    specs = by_secret()
    (server,) = specs["veilward-snni-server-snni"]["uris"]
    (client,) = specs["veilward-snni-client-snni"]["uris"]
    environment = {name: entry.get("value") for pod in pods() for name, entry in pod.environment.items()}
    assert environment["VEILWARD_SNNI_CLIENT_EDGE_ID"] == server == SnniClientSettings.model_fields["edge_id"].default
    prefix = environment["VEILWARD_SNNI_SERVER_CLIENT_IDS"]
    assert client.startswith(prefix)
    assert prefix == SnniServerSettings.model_fields["client_ids"].default


def test_no_zone_holds_a_certificate_of_another() -> None:
    for one in of_kind("Certificate"):
        zone = one["metadata"]["namespace"].removeprefix("veilward-")
        assert all(uri.startswith(f"spiffe://veilward/{zone}/") for uri in one["spec"]["uris"])
