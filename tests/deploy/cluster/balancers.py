"""LoadBalancer Services as rules of nftables, for the router of a fabric: an address outside, and who stands behind it.

As `externalTrafficPolicy: Local` asks, whoever calls keeps their address, by which policies know them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.deploy.cluster.names import Named
from tests.deploy.policies import matches

Object = dict[str, Any]
TABLE = "balancers"


def ruleset(services: Sequence[Object], pods: Sequence[Named], addresses: Mapping[str, str]) -> str:
    """The table that leads each Service's address to its ready pods. addresses: by the Service's name."""
    rules = "".join(f"    {rule}\n" for rule in _rules(services, pods, addresses))
    chain = f"  chain lead {{\n    type nat hook prerouting priority dstnat;\n{rules}  }}\n"
    return f"table ip {TABLE}\ndelete table ip {TABLE}\ntable ip {TABLE} {{\n{chain}}}\n"


def _rules(services: Sequence[Object], pods: Sequence[Named], addresses: Mapping[str, str]) -> Iterator[str]:
    for one in services:
        spec, home = one["spec"], one["metadata"]["namespace"]
        if spec.get("type") != "LoadBalancer":
            continue
        assert spec["externalTrafficPolicy"] == "Local", one["metadata"]["name"]
        behind = [
            pod
            for pod in pods
            if pod.ready and pod.namespace == home and matches({"matchLabels": spec["selector"]}, pod.labels)
        ]
        for port in spec["ports"]:
            dialled = f"{port.get('protocol', 'TCP').lower()} dport {port['port']}"
            for number, pod in enumerate(behind):  # each is chosen as often as any other
                left = len(behind) - number
                chosen = f"numgen random mod {left} 0 " if left > 1 else ""
                to = f"{pod.address}:{pod.ports[port['targetPort']]}"
                yield f"ip daddr {addresses[one['metadata']['name']]} {dialled} {chosen}dnat to {to}"
