"""A pod's container as a command line of podman: what its specification says, and nothing more lenient.

Values are those of the API's reference: `$(NAME)` in a value stands for a variable before it, a secret's key for its
content. A field that the player does not know is an error, so that none is passed over.
"""

from __future__ import annotations

import base64
import json
import re
import resource
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Object = dict[str, Any]
RUNTIME = ("--runtime", "runc", "--cgroup-manager", "cgroupfs")


def _allowed(number: int) -> int:
    hard = resource.getrlimit(number)[1]
    return 20_000 if hard == resource.RLIM_INFINITY else min(20_000, hard)


LIMITS = tuple(
    word
    for name, number in (("nofile", resource.RLIMIT_NOFILE), ("nproc", resource.RLIMIT_NPROC))
    for word in ("--ulimit", f"{name}={_allowed(number)}:{_allowed(number)}")
)
"""Podman's own are more than a machine may allow that is itself a container."""
KNOWN = {
    "name",
    "image",
    "command",
    "env",
    "ports",
    "startupProbe",
    "readinessProbe",
    "livenessProbe",
    "resources",
    "securityContext",
    "volumeMounts",
}
RESTRICTED = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
_UNITS = {"Mi": 1 << 20, "Gi": 1 << 30}
_REFERENCE = re.compile(r"\$\(([A-Z0-9_]+)\)")


@dataclass(frozen=True)
class Started:
    """A pod as it is started. name: the pod's own. mounts: mount path to what lies there and whether it is writable."""

    name: str
    namespace: str
    spec: Object
    network: Path
    mounts: Mapping[str, tuple[Path, bool]]
    objects: Mapping[tuple[str, str, str], Object]

    @property
    def container(self) -> Object:
        (one,) = self.spec["containers"]
        unknown = set(one) - KNOWN
        assert not unknown, f"{self.name}: the player does not know {sorted(unknown)}"
        found: Object = one
        return found

    def command(self, label: str, container_name: str) -> list[str]:
        """podman's."""
        container, user = self.container, self.spec["securityContext"]
        assert container["securityContext"] == RESTRICTED, self.name
        assert user["seccompProfile"] == {"type": "RuntimeDefault"} and user["runAsNonRoot"]
        limits = container["resources"]["limits"]
        words = ["podman", *RUNTIME, "run", "--detach", "--name", container_name, "--label", label, "--pull=never"]
        words += ["--network", f"ns:{self.network}", "--no-hosts", "--hostname", self.name]
        words += ["--user", f"{user['runAsUser']}:{user['runAsGroup']}", "--group-add", str(user["fsGroup"])]
        words += ["--read-only", "--read-only-tmpfs=false", "--cap-drop", "ALL"]
        words += ["--security-opt", "no-new-privileges", *LIMITS]
        words += ["--memory", limits["memory"].removesuffix("i").lower(), "--cpus", str(cores(limits["cpu"]))]
        words += ["--memory-swap", limits["memory"].removesuffix("i").lower(), "--log-driver", "k8s-file"]
        for path, (source, writable) in self.mounts.items():
            words += ["--volume", f"{source}:{path}:{'rw' if writable else 'ro'}"]
        for key, value in self.environment():
            words += ["--env", f"{key}={value}"]
        if "command" in container:
            words += ["--entrypoint", json.dumps(container["command"])]
        return [*words, container["image"]]

    def environment(self) -> Iterator[tuple[str, str]]:
        """Its variables, in order."""
        so_far: dict[str, str] = {}
        for entry in self.container.get("env", []):
            value = _REFERENCE.sub(lambda found: so_far[found[1]], self._value(entry))
            so_far[entry["name"]] = value
            yield entry["name"], value

    def _value(self, entry: Object) -> str:
        if "value" in entry:
            return str(entry["value"])
        ((kind, reference),) = entry["valueFrom"].items()
        if kind == "fieldRef":
            assert reference == {"fieldPath": "metadata.name"}
            return self.name
        of = {"configMapKeyRef": "ConfigMap", "secretKeyRef": "Secret"}[kind]
        return content(self.objects[self.namespace, of, reference["name"]])[reference["key"]].decode()


def content(one: Object) -> dict[str, bytes]:
    """What a config map or a secret holds, by key."""
    if one["kind"] == "Secret":
        return {key: base64.b64decode(value) for key, value in one.get("data", {}).items()}
    return {key: value.encode() for key, value in one.get("data", {}).items()}


def cores(text: str) -> float:
    """A limit of processors."""
    return int(text[:-1]) / 1000 if text.endswith("m") else float(text)


def size(text: str) -> int:
    """A limit of memory, bytes."""
    return int(text[:-2]) * _UNITS[text[-2:]]
