"""Evaluates NetworkPolicies as the API's reference describes them: who may connect to whom, on which port.

A connection passes when the source's egress and the destination's ingress both allow it. A pod that no policy of a
direction selects is open in that direction; otherwise the union of the policies' rules holds. Outside addresses have
no policies. Ports are numbers (ours use no names); an absent list of peers or ports allows every one.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Any, Literal

Object = dict[str, Any]
Direction = Literal["Ingress", "Egress"]


@dataclass(frozen=True)
class Endpoint:
    """A pod (namespace and labels), or an outside address (address). name: for messages."""

    name: str
    namespace: str = ""
    labels: dict[str, str] = field(default_factory=dict, hash=False)
    address: str = ""


@dataclass(frozen=True)
class Network:
    """policies: NetworkPolicy objects. namespaces: labels by name; their own name is added as a label."""

    policies: list[Object]
    namespaces: dict[str, dict[str, str]]

    def allows(self, source: Endpoint, destination: Endpoint, protocol: str, port: int) -> bool:
        """Whether source may open a connection to destination."""
        return self._passes("Egress", source, destination, protocol, port) and self._passes(
            "Ingress", destination, source, protocol, port
        )

    def _passes(self, direction: Direction, pod: Endpoint, peer: Endpoint, protocol: str, port: int) -> bool:
        if pod.address:
            return True
        chosen = [one for one in self.policies if self._selects(one, direction, pod)]
        if not chosen:
            return True
        rules = [rule for one in chosen for rule in one["spec"].get(direction.lower(), [])]
        side = "from" if direction == "Ingress" else "to"
        return any(
            self._peer(rule.get(side), peer, pod.namespace) and _port(rule.get("ports"), protocol, port)
            for rule in rules
        )

    def _selects(self, policy: Object, direction: Direction, pod: Endpoint) -> bool:
        return (
            policy["metadata"]["namespace"] == pod.namespace
            and direction in policy["spec"]["policyTypes"]
            and matches(policy["spec"]["podSelector"], pod.labels)
        )

    def _peer(self, peers: list[Object] | None, other: Endpoint, home: str) -> bool:
        return not peers or any(self._one_peer(peer, other, home) for peer in peers)

    def _one_peer(self, peer: Object, other: Endpoint, home: str) -> bool:
        if "ipBlock" in peer:
            return bool(other.address) and _in_block(peer["ipBlock"], other.address)
        if other.address:
            return False
        if "namespaceSelector" in peer:
            labels = self.namespaces.get(other.namespace, {}) | {"kubernetes.io/metadata.name": other.namespace}
            if not matches(peer["namespaceSelector"], labels):
                return False
        elif other.namespace != home:
            return False
        return matches(peer.get("podSelector", {}), other.labels)


def matches(selector: Object, labels: dict[str, str]) -> bool:
    """A label selector; the empty one matches everything. Raises ValueError for an operator that we do not use."""
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for one in selector.get("matchExpressions", []):
        if one["operator"] != "In":
            raise ValueError(one["operator"])
        if labels.get(one["key"]) not in one["values"]:
            return False
    return True


def _in_block(block: Object, address: str) -> bool:
    found = ipaddress.ip_address(address)
    inside = found in ipaddress.ip_network(block["cidr"])
    return inside and not any(found in ipaddress.ip_network(one) for one in block.get("except", []))


def _port(ports: list[Object] | None, protocol: str, port: int) -> bool:
    return not ports or any(
        one.get("protocol", "TCP") == protocol and one["port"] <= port <= one.get("endPort", one["port"])
        for one in ports
    )
