"""How a kustomization is written: a comment that says where it is from, then YAML in one order."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

Object = dict[str, Any]
MADE = "Made by `./run overlay` of site.yaml, do not edit: what it does not say goes into an overlay over this one.\n"
API = "kustomize.config.k8s.io/v1beta1"


class _Dumper(yaml.SafeDumper):
    """Patches stand as they would be typed; lists of scalars on one line."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def dump(content: object) -> str:
    """YAML, the same each time."""
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True, default_flow_style=None)


def kustomization(about: str, **fields: object) -> str:
    """A file kustomization.yaml; fields that hold nothing are left out. about: what it is of, for a person."""
    head = "".join(f"# {line}\n" for line in (*about.splitlines(), MADE.strip()))
    kept = {key: value for key, value in fields.items() if value}
    return head + dump_block({"apiVersion": API, "kind": "Kustomization", **kept})


def dump_block(content: Mapping[str, object]) -> str:
    """YAML with a line for each entry."""
    return yaml.dump(
        dict(content), Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True, default_flow_style=False
    )


def replaced(target: Mapping[str, str], *operations: tuple[str, str, object]) -> Object:
    """A patch of (operation, path, value) for every object that the target means."""
    lines = [json.dumps({"op": op, "path": path, "value": value}) for op, path, value in operations]
    return {"target": dict(target), "patch": "".join(f"- {line}\n" for line in lines)}


def deleted(kind: str, name: str, api: str) -> Object:
    """A patch that takes an object away."""
    patch = {"$patch": "delete", "apiVersion": api, "kind": kind, "metadata": {"name": name}}
    return {"target": {"kind": kind, "name": name}, "patch": dump_block(patch)}


def environment(kind: str, app: str, variables: Mapping[str, str]) -> Object:
    """A patch that sets variables of a workload's only container."""
    name = f"veilward-{app}"
    container = {"name": app, "env": [{"name": key, "value": value} for key, value in variables.items()]}
    pod = {"spec": {"containers": [container]}}
    patch = {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": {"template": pod}}
    return {"target": {"kind": kind, "name": name}, "patch": dump_block(patch)}


def peers(policy: str, direction: str, blocks: Sequence[str]) -> Object:
    """A patch that makes these address blocks the only peers of a policy's first rule."""
    path = f"/spec/{direction}/0/{'from' if direction == 'ingress' else 'to'}"
    value = [{"ipBlock": {"cidr": block}} for block in blocks]
    return replaced({"kind": "NetworkPolicy", "name": policy}, ("replace", path, value))


def placed(label: str, value: str) -> Object:
    """A patch that binds every pod to the nodes with this label, and lets it onto nodes with a taint of that name."""
    toleration = {"key": label, "operator": "Equal", "value": value, "effect": "NoSchedule"}
    return replaced(
        {"kind": "Deployment|StatefulSet"},
        ("add", "/spec/template/spec/nodeSelector", {label: value}),
        ("add", "/spec/template/spec/tolerations", [toleration]),
    )
