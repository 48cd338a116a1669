"""A pod that is played: one replica of a workload, its place in the network and its container."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.deploy.cluster.fabric import End
from tests.deploy.cluster.probes import Watch

Object = dict[str, Any]


@dataclass
class Pod:
    """One replica. container: podman's name of it. restarts: how often, and why, it was started again."""

    name: str
    namespace: str
    workload: Object
    end: End
    container: str
    ready: bool = False
    restarts: list[str] = field(default_factory=list)
    watch: Watch | None = None

    @property
    def app(self) -> str:
        return str(self.labels["app.kubernetes.io/name"])

    @property
    def labels(self) -> dict[str, str]:
        found: dict[str, str] = self.workload["spec"]["template"]["metadata"]["labels"]
        return found

    @property
    def spec(self) -> Object:
        found: Object = self.workload["spec"]["template"]["spec"]
        return found
