"""The overlay of the edge that serves a home: its replicas, and who may dial it."""

from __future__ import annotations

from services.site.installation import Edge
from services.site.overlay.home import Home
from services.site.overlay.kustomization import Object, kustomization, peers, placed, replaced

AUTOSCALERS = {"prometheus-adapter": "autoscaler", "keda": "keda"}
"""Component of deploy/k8s, by what runs in the cluster."""


def edge(home: Home, base: str, *, node: bool) -> dict[str, str]:
    """Its files, in the home's cluster. base: the way from their folder to deploy/k8s. node: whether it has its own."""
    patches = [placed("veilward/zone", "edge")] if node else []
    return {"kustomization.yaml": _kustomization(home, "The edge.", base, patches)}


def edge_apart(home: Home, one: Edge, base: str) -> dict[str, str]:
    """Its files, in a cluster of its own: the rooms come from addresses, and keep them up to the policy."""
    about = f"The edge of {home.site.site}, in a cluster of its own: {one.host}:{one.port}."
    patches: list[Object] = [
        replaced(
            {"kind": "Service", "name": "veilward-snni-server"},
            ("add", "/spec/type", "LoadBalancer"),
            ("add", "/spec/externalTrafficPolicy", "Local"),
            ("replace", "/spec/ports/0/port", one.port),
        ),
        peers("snni-client-to-server-in", "ingress", one.homes),
    ]
    return {"kustomization.yaml": _kustomization(home, about, base, patches)}


def _kustomization(home: Home, about: str, base: str, patches: list[Object]) -> str:
    installation = home.installation
    components = [f"{base}/cert-manager/edge"] if installation.certificates == "cert-manager" else []
    components += [f"{base}/{AUTOSCALERS[installation.autoscaler]}"] if installation.autoscaler else []
    return kustomization(about, resources=[f"{base}/edge"], components=components, patches=patches)
