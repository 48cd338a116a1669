"""NetworkPolicies as rules of nftables, for the router of a fabric.

A pod that a policy of a direction selects has a chain for it, which ends in a drop; each rule of each policy that
selects it is one way out of the chain. A packet passes the source's chain, then the destination's. Replies pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.deploy.policies import matches

Object = dict[str, Any]
TABLE = "veilward"


@dataclass(frozen=True)
class Walled:
    """A pod, as policies see it."""

    namespace: str
    labels: Mapping[str, str]
    address: str


def ruleset(policies: Sequence[Object], namespaces: Mapping[str, Mapping[str, str]], pods: Sequence[Walled]) -> str:
    """The table that enforces these policies, in place of one that was there. Loaded as a whole or not at all."""
    chains, ways = [], {"Egress": [], "Ingress": []}
    for number, pod in enumerate(pods):
        for direction in ways:
            chosen = [one for one in policies if _selects(one, direction, pod)]
            if not chosen:
                continue
            name = f"{direction.lower()}_{number}"
            rules = [rule for one in chosen for rule in _rules(one, direction, namespaces, pods)]
            chains.append(_chain(name, [*dict.fromkeys(rules), "drop"]))
            ways[direction].append(f"{pod.address} : jump {name}")
    forward = ["type filter hook forward priority filter; policy accept;", "ct state established,related accept"]
    for direction, field in (("Egress", "saddr"), ("Ingress", "daddr")):
        if ways[direction]:
            forward.append(f"ip {field} vmap {{ {', '.join(ways[direction])} }}")
    chains.append(_chain("forward", forward))
    return f"table inet {TABLE}\ndelete table inet {TABLE}\ntable inet {TABLE} {{\n{''.join(chains)}}}\n"


def _chain(name: str, rules: Sequence[str]) -> str:
    return f"  chain {name} {{\n" + "".join(f"    {rule}\n" for rule in rules) + "  }\n"


def _selects(policy: Object, direction: str, pod: Walled) -> bool:
    spec = policy["spec"]
    return (
        policy["metadata"]["namespace"] == pod.namespace
        and direction in spec["policyTypes"]
        and matches(spec["podSelector"], dict(pod.labels))
    )


def _rules(
    policy: Object, direction: str, namespaces: Mapping[str, Mapping[str, str]], pods: Sequence[Walled]
) -> Iterator[str]:
    home, field = policy["metadata"]["namespace"], "saddr" if direction == "Ingress" else "daddr"
    for rule in policy["spec"].get(direction.lower(), []):
        peers = rule.get("from" if direction == "Ingress" else "to")
        whom = [""] if not peers else [one for peer in peers for one in _peer(peer, field, home, namespaces, pods)]
        for who in whom:
            yield from (f"{who}{port}return" for port in _ports(rule.get("ports")))


def _peer(
    peer: Object, field: str, home: str, namespaces: Mapping[str, Mapping[str, str]], pods: Sequence[Walled]
) -> Iterator[str]:
    if "ipBlock" in peer:
        left = peer["ipBlock"].get("except", [])
        but = f"ip {field} != {{ {', '.join(left)} }} " if left else ""
        yield f"ip {field} {peer['ipBlock']['cidr']} {but}"
        return
    addresses = [pod.address for pod in pods if _is_peer(peer, pod, home, namespaces)]
    if addresses:
        yield f"ip {field} {{ {', '.join(addresses)} }} "


def _is_peer(peer: Object, pod: Walled, home: str, namespaces: Mapping[str, Mapping[str, str]]) -> bool:
    if "namespaceSelector" in peer:
        labels = dict(namespaces.get(pod.namespace, {})) | {"kubernetes.io/metadata.name": pod.namespace}
        if not matches(peer["namespaceSelector"], labels):
            return False
    elif pod.namespace != home:
        return False
    return matches(peer.get("podSelector", {}), dict(pod.labels))


def _ports(ports: Sequence[Object] | None) -> Iterator[str]:
    if not ports:
        yield ""
        return
    for one in ports:
        last = one.get("endPort", one["port"])
        wanted = one["port"] if last == one["port"] else f"{one['port']}-{last}"
        yield f"{one.get('protocol', 'TCP').lower()} dport {wanted} "
