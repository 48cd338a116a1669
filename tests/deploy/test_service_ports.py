"""Services' ports are their pods' own: policies, which see the pod's, name what the Service's users dial."""

from __future__ import annotations

from tests.deploy.manifests import of_kind, pods

FROM_OUTSIDE = {"veilward-alerts": 443}
"""Ports that browsers alone dial, by a load balancer: on one node two of them cannot both take 8443."""


def test_every_port_of_a_service_is_its_pods_own() -> None:
    for service in of_kind("Service"):
        namespace, wanted = service["metadata"]["namespace"], service["spec"]["selector"].items()
        chosen = [pod for pod in pods() if pod.namespace == namespace and wanted <= pod.labels.items()]
        assert chosen, service["metadata"]["name"]
        for pod in chosen:
            named = {one["name"]: (one["containerPort"], one.get("protocol", "TCP")) for one in pod.container["ports"]}
            for port in service["spec"]["ports"]:
                if FROM_OUTSIDE.get(service["metadata"]["name"]) == port["port"]:
                    assert service["spec"]["type"] == "LoadBalancer" and port["targetPort"] in named
                    continue
                assert named[port["targetPort"]] == (port["port"], port.get("protocol", "TCP"))
