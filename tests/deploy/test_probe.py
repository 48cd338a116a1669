"""The component `probe`: its pod is as the others, and it reaches ingest as a camera does, and nothing else."""

from __future__ import annotations

import itertools
import json

import kubernetes_validate
import pytest

from services.probe.settings import ProbeSettings
from services.runtime.settings import load
from tests.deploy.arrows import ARROWS, DNS, EVERYBODY, HEALTH, PORTS
from tests.deploy.manifests import K8S, WHOLE, Object, name_of, render
from tests.deploy.policies import Endpoint, Network

PROBED = K8S / "examples" / "probed"
PROBE = Endpoint("probe", "veilward-room", {"app.kubernetes.io/name": "probe", "app.kubernetes.io/part-of": "veilward"})


def added() -> list[Object]:
    """What a test room in site.yaml adds to an installation, beside itself in the files of the site."""
    before = {name_of(one) for one in render(WHOLE)}
    return [one for one in render(PROBED) if name_of(one) not in before and one["kind"] != "ConfigMap"]


def container() -> Object:
    (one,) = [one for one in added() if one["kind"] == "Deployment"]
    (found,) = one["spec"]["template"]["spec"]["containers"]
    return dict(found)


def network(*, without: str = "") -> Network:
    objects = render(PROBED)
    policies = [one for one in objects if one["kind"] == "NetworkPolicy" and one["metadata"]["name"] != without]
    labels = {one["metadata"]["name"]: one["metadata"]["labels"] for one in objects if one["kind"] == "Namespace"}
    return Network(policies, labels)


def arrows(of: Network) -> set[tuple[str, str, str, int]]:
    """Every connection from or to the probe that passes."""
    everybody = [one for one in EVERYBODY if one is not DNS] + [PROBE, DNS]
    return {
        (source.name, destination.name, *port)
        for source, destination in itertools.permutations(everybody, 2)
        if PROBE in (source, destination)
        for port in PORTS
        if of.allows(source, destination, *port)
    }


WANTED = {
    ("probe", "ingest", "TCP", 8443),
    *(("probe", "ingest", "UDP", port) for port in (40000, 40007)),
    ("prometheus", "probe", *HEALTH),
    *(("probe", "dns", protocol, 53) for protocol in ("TCP", "UDP")),
}


def test_it_reaches_ingest_and_is_asked_for_its_metrics() -> None:
    assert arrows(network()) == WANTED
    assert not [one for one in ARROWS if "probe" in one]


@pytest.mark.parametrize("name", [one["metadata"]["name"] for one in added() if one["kind"] == "NetworkPolicy"])
def test_every_policy_is_needed(name: str) -> None:
    assert arrows(network(without=name)) < WANTED


def test_it_adds_one_pod_which_holds_nothing_but_its_token() -> None:
    assert {one["kind"] for one in added()} == {"ServiceAccount", "Deployment", "Service", "NetworkPolicy"}
    for one in added():
        kubernetes_validate.validate(one, "1.37", strict=True)
        assert one["metadata"]["namespace"] == "veilward-room"
    (pod,) = [one["spec"]["template"]["spec"] for one in added() if one["kind"] == "Deployment"]
    items = [item["key"] for volume in pod["volumes"] for item in volume["secret"]["items"]]
    assert items == ["ca.crt", "token"], "of ingest's pair it holds what anybody may know"
    assert all(one["readOnly"] for one in container()["volumeMounts"])
    (ingest,) = [one for one in render(PROBED) if name_of(one).endswith("StatefulSet/veilward-ingest")]
    assert pod["securityContext"] == ingest["spec"]["template"]["spec"]["securityContext"]
    (same,) = ingest["spec"]["template"]["spec"]["containers"]
    for key in ("image", "securityContext", "startupProbe", "readinessProbe", "livenessProbe"):
        assert container()[key] == same[key], key


def test_its_environment_loads_as_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for one in container()["env"]:
        monkeypatch.setenv(one["name"], one["value"])
    settings = load(ProbeSettings)
    assert settings.clip.is_file()
    assert settings.every_s + 600 <= 4200 < 2 * settings.every_s, "what ProbeSilent and the ward's page compare with"
    names = json.dumps([one["spec"]["dnsNames"] for one in render(PROBED) if "dnsNames" in one.get("spec", {})])
    assert f'"{settings.whip_url.host}"' in names, "ingest's certificate names it as the probe dials it"
