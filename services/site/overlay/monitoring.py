"""The Prometheus of a home's cluster: deploy/prometheus with every device's health ports, by the names of Services."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

from services.site.overlay.kustomization import MADE, dump, kustomization

SERVICES = {
    "room": ("ingest", "keyframe", "snni_client"),
    "edge": ("snni_server",),
    "ward": ("alerts",),
    "test room": ("probe",),
}
PORT = 8081
EVERY = "15s"


def monitoring(zones: Mapping[str, Sequence[str]], base: str) -> dict[str, str]:
    """Its files. zones: the namespaces of each zone in the cluster, and of test rooms. base: the way to deploy/k8s."""
    jobs = [
        {"job_name": service, "dns_sd_configs": [_found(service, namespaces, kind) for kind in ("A", "AAAA")]}
        for zone, namespaces in zones.items()
        for service in SERVICES[zone]
    ]
    config = {
        "global": {"scrape_interval": EVERY, "evaluation_interval": EVERY},
        "rule_files": ["rules.yml"],
        "scrape_configs": jobs,
    }
    return {
        "kustomization.yaml": kustomization(
            "For a Prometheus in the namespace monitoring (deploy/prometheus/kustomization.yaml).",
            namespace="monitoring",
            resources=[posixpath.normpath(f"{base}/../prometheus")],
            configMapGenerator=[{"name": "veilward-prometheus", "behavior": "merge", "files": ["prometheus.yml"]}],
        ),
        "prometheus.yml": f"# {MADE}" + dump(config),
    }


def _found(service: str, namespaces: Sequence[str], kind: str) -> dict[str, object]:
    name = f"veilward-{service.replace('_', '-')}-health"
    return {"names": [f"{name}.{namespace}.svc" for namespace in namespaces], "type": kind, "port": PORT}
