"""The table of arrows of ARCHITECTURE.md, section 2, as connections, and everybody who might try another one."""

from __future__ import annotations

from tests.deploy.manifests import pods
from tests.deploy.policies import Endpoint

CAMERA = Endpoint("camera", address="192.0.2.77")
BROWSER = Endpoint("browser", address="198.51.100.20")
RECEIVER = Endpoint("receiver", address="203.0.113.80")
STRANGER = Endpoint("stranger", address="203.0.113.9")
DNS = Endpoint("dns", "kube-system", {"k8s-app": "kube-dns"})
PROMETHEUS = Endpoint("prometheus", "monitoring", {"app.kubernetes.io/name": "prometheus"})
GRAFANA = Endpoint("grafana", "monitoring", {"app.kubernetes.io/name": "grafana"})
PORTS = [
    ("TCP", port)
    for port in (22, 53, 80, 322, 443, 554, 4222, 5432, 6379, 6443, 7422, 7443, 8081, 8222, 8443, 9090, 32768, 40000)
]
PORTS += [("UDP", port) for port in (53, 8443, 32768, 39999, 40000, 40007, 40008, 60999)]

HEALTH = ("TCP", 8081)
ARROWS = {
    ("camera", "ingest", "TCP", 8443),
    *(("camera", "ingest", "UDP", port) for port in (40000, 40007)),
    *(("ingest", "camera", "TCP", port) for port in (322, 443, 554)),
    *((who, "nats-leaf", "TCP", 4222) for who in ("ingest", "keyframe", "snni-client", "provision")),
    ("nats-leaf", "nats-hub", "TCP", 7422),
    ("snni-client", "snni-server", "TCP", 7443),
    ("alerts", "nats-hub", "TCP", 4222),
    ("alerts", "redis", "TCP", 6379),
    ("alerts", "postgres", "TCP", 5432),
    ("alerts", "alerts", "TCP", 8443),
    ("alerts", "receiver", "TCP", 443),
    ("browser", "alerts", "TCP", 8443),
    *(("prometheus", who, *HEALTH) for who in ("ingest", "keyframe", "snni-client", "snni-server", "alerts")),
    *(
        (who, "dns", protocol, 53)
        for who in ("ingest", "keyframe", "snni-client", "provision", "nats-leaf", "alerts")
        for protocol in ("TCP", "UDP")
    ),
}


OURS = [
    Endpoint(pod.app, pod.namespace, pod.labels)
    for pod in pods()
    for _ in range(min(2, pod.workload["spec"]["replicas"]))
]
"""Two of what runs more than once: one replica may ask another, or may not."""
IMPOSTORS = [Endpoint(f"false-{one.name}", "default", one.labels) for one in OURS] + [
    Endpoint("false-prometheus", "default", PROMETHEUS.labels),
    Endpoint("false-dns", "default", DNS.labels),
    *(Endpoint(f"unknown-{zone}", f"veilward-{zone}", {"app": "unknown"}) for zone in ("room", "edge", "ward")),
]
EVERYBODY = [*OURS, *IMPOSTORS, CAMERA, BROWSER, RECEIVER, STRANGER, DNS, PROMETHEUS, GRAFANA]
