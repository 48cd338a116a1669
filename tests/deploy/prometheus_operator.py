"""The rules of deploy/prometheus as the Prometheus operator takes them, and models of objects that others define.

python -m tests.deploy.prometheus_operator      writes deploy/k8s/prometheus-operator/rules.yaml anew
"""

from __future__ import annotations

from typing import Any

import yaml
from cloudcoil.models.cert_manager.v1 import Certificate
from cloudcoil.models.keda.v1alpha1 import ScaledObject
from cloudcoil.models.prometheus_operator.v1 import PrometheusRule, ServiceMonitor
from pydantic import BaseModel

from tests.deploy.manifests import K8S, Object
from tests.deploy.queries import RULES

FILE = K8S / "prometheus-operator" / "rules.yaml"
HEAD = "# deploy/prometheus/rules.yml, derived by `python -m tests.deploy.prometheus_operator`; do not edit.\n"
MODELS: dict[str, type[BaseModel]] = {
    "Certificate": Certificate,
    "PrometheusRule": PrometheusRule,
    "ScaledObject": ScaledObject,
    "ServiceMonitor": ServiceMonitor,
}


def validate(one: Object) -> None:
    """Against the model of its kind, made of the operator's own definition.

    Raises pydantic.ValidationError, or AssertionError where the object has a field that the definition has not.
    """
    kept = MODELS[one["kind"]].model_validate(one).model_dump(mode="json", by_alias=True, exclude_unset=True)
    lost = [*_lost(one, kept, one["kind"])]
    assert not lost, f"no such field: {lost}"


def _lost(given: Any, kept: Any, at: str) -> list[str]:
    if isinstance(given, dict):
        if not isinstance(kept, dict):
            return [at]
        return [
            name
            for key, value in given.items()
            for name in (_lost(value, kept[key], f"{at}.{key}") if key in kept else [f"{at}.{key}"])
        ]
    if isinstance(given, list):
        pairs = zip(given, kept, strict=True)
        return [name for number, (one, other) in enumerate(pairs) for name in _lost(one, other, f"{at}.{number}")]
    return []


def rules() -> Object:
    """The object."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    metadata = {"name": "veilward", "labels": {"app.kubernetes.io/part-of": "veilward"}}
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": metadata,
        "spec": {"groups": groups},
    }


def text() -> str:
    """The file."""
    return HEAD + yaml.safe_dump(rules(), sort_keys=False, width=120, allow_unicode=True)


if __name__ == "__main__":
    FILE.write_text(text())
