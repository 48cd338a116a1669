"""The network of a cluster: its fabric, its names, what leads to LoadBalancer Services, and its policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.deploy.cluster import balancers, names, walls
from tests.deploy.cluster.fabric import End, Fabric
from tests.deploy.cluster.pods import Pod

Object = dict[str, Any]
BLOCKS = {"veilward-room": 1, "veilward-edge": 2, "veilward-ward": 3, "kube-system": 4, "monitoring": 5, "default": 6}
DNS_LABELS = {"k8s-app": "kube-dns"}


class Network:
    """objects: what is applied. outside: addresses of the LoadBalancer Services, by name."""

    def __init__(self, prefix: str, objects: Sequence[Object], outside: Mapping[str, str]) -> None:
        self.fabric = Fabric(prefix)
        self._outside, self._next = dict(outside), dict[str, int]()
        self._services = [one for one in objects if one["kind"] == "Service"]
        self._policies = [one for one in objects if one["kind"] == "NetworkPolicy"]
        spaces = [one["metadata"] for one in objects if one["kind"] == "Namespace"]
        self._namespaces = {one["name"]: one["labels"] for one in spaces}
        self._names: names.NameServer | None = None

    def start(self, directory: Path) -> None:
        """The router, and the server of names."""
        self.fabric.start()
        self.dns = self.fabric.attach("dns", self.address("kube-system"))
        self._names = names.NameServer(self.dns, directory)

    def stop(self) -> None:
        """Everything goes."""
        if self._names is not None:
            self._names.stop()
        self.fabric.stop()

    def address(self, namespace: str) -> str:
        """A new one, of the namespace's block."""
        number = self._next[namespace] = self._next.get(namespace, 9) + 1
        return f"10.32.{BLOCKS[namespace]}.{number}"

    def outsider(self, name: str, address: str) -> End:
        """An end of nobody's pod; the one of that name, where there is one."""
        return self.fabric.ends.get(name) or self.fabric.attach(name, address)

    def lead(self, pods: Sequence[Pod]) -> None:
        """Names and load balancers lead to those of these pods that are ready."""
        assert self._names is not None
        found = [
            names.Named(
                pod.name,
                pod.namespace,
                pod.labels,
                pod.end.address,
                pod.ready,
                pod.workload["spec"].get("serviceName", ""),
                {one["name"]: one["containerPort"] for one in pod.spec["containers"][0]["ports"]},
            )
            for pod in pods
        ]
        self._names.serve(names.hosts(self._services, found))
        self.fabric.nft(self.fabric.node, balancers.ruleset(self._services, found, self._outside))

    def raise_walls(self, pods: Sequence[Pod], *more: walls.Walled) -> None:
        """Enforce the policies. more: pods of no workload."""
        ours = [walls.Walled(pod.namespace, pod.labels, pod.end.address) for pod in pods]
        dns = walls.Walled("kube-system", DNS_LABELS, self.dns.address)
        self.fabric.nft(self.fabric.node, walls.ruleset(self._policies, self._namespaces, [*ours, dns, *more]))

    def raze_walls(self) -> None:
        """No policy any more."""
        self.fabric.nft(self.fabric.node, walls.ruleset([], {}, []))
