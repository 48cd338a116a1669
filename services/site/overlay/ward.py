"""The overlay of a home's ward: the rooms that it hears, the page's name, who may see it and what it may call."""

from __future__ import annotations

import json
from collections.abc import Sequence

from services.bus.nats_config import HubOptions, hub_config
from services.site.overlay.home import Home
from services.site.overlay.kustomization import (
    Object,
    deleted,
    dump,
    environment,
    kustomization,
    peers,
    placed,
    replaced,
)

HTTPS = 443
"""Beside ingest, which has 8443, where one machine answers for both."""


def ward(home: Home, domains: Sequence[str], base: str, *, node: bool) -> dict[str, str]:
    """Its files. domains: the devices'. base: the way from their folder to deploy/k8s. node: whether it has its own."""
    installation = home.installation
    certificates = installation.certificates == "cert-manager"
    return {
        "kustomization.yaml": kustomization(
            f"The ward, which hears {', '.join(domains)}.",
            namespace="veilward-ward",
            resources=[f"{base}/ward"],
            components=[f"{base}/cert-manager/ward"] if certificates else [],
            configMapGenerator=[
                {"name": "site", "behavior": "replace", "files": ["site.yaml"]},
                {"name": "nats-hub", "behavior": "merge", "files": ["hub.conf"]},
            ],
            patches=[
                *([placed("veilward/zone", "ward")] if node else [_beside_ingest()]),
                environment(
                    "StatefulSet",
                    "alerts",
                    {
                        "VEILWARD_ALERTS_ROOM_DOMAINS": json.dumps(list(domains)),
                        "VEILWARD_ALERTS_ALLOWED_HOSTS": json.dumps([installation.dashboard]),
                    },
                ),
                peers("browsers-to-dashboard-in", "ingress", installation.screens),
                _receivers(home),
                *([_page(installation.dashboard)] if certificates else []),
            ],
        ),
        "hub.conf": hub_config(HubOptions(domains=tuple(domains))),
        "site.yaml": dump(home.part(home.rooms)),
    }


def _beside_ingest() -> Object:
    target = {"kind": "Service", "name": "veilward-alerts"}
    return replaced(target, ("replace", "/spec/ports/0/port", HTTPS))


def _page(name: str) -> Object:
    return replaced({"kind": "Certificate", "name": "veilward-alerts-web"}, ("replace", "/spec/dnsNames", [name]))


def _receivers(home: Home) -> Object:
    receivers = home.installation.receivers
    if not receivers:
        return deleted("NetworkPolicy", "alerts-to-webhooks-out", "networking.k8s.io/v1")
    rules = [
        {"to": [{"ipBlock": {"cidr": one.block}}], "ports": [{"protocol": "TCP", "port": one.port}]}
        for one in receivers
    ]
    return replaced({"kind": "NetworkPolicy", "name": "alerts-to-webhooks-out"}, ("replace", "/spec/egress", rules))
