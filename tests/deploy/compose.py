"""deploy/compose/docker-compose.yml, derived from the manifests: the same images, settings, mounts and limits.

    python -m tests.deploy.compose      writes it anew

What Kubernetes gives and compose does not is said in deploy/README.md: probes that act, policies by pod, admission.
"""

from __future__ import annotations

from typing import Any

import yaml

from tests.deploy.manifests import K8S, ROOT, Object, PodKind, of_kind, pods, render

FILE = ROOT / "deploy" / "compose" / "docker-compose.yml"
HEAD = """# A home without Kubernetes: every zone on one machine, as deploy/k8s has them; derived from it by
# `python -m tests.deploy.compose`, do not edit. deploy/README.md says what must lie beside it.
"""
NETWORKS = {
    "nats-leaf": ("room", "uplink"),
    "provision": ("room",),
    "ingest": ("room", "cameras"),
    "keyframe": ("room",),
    "snni-client": ("room", "scoring"),
    "snni-server": ("scoring",),
    "nats-hub": ("uplink", "ward"),
    "redis": ("ward",),
    "postgres": ("ward",),
    "alerts": ("ward", "browsers"),
}
OUTSIDE = ("cameras", "browsers")
PROVIDED = {
    "VEILWARD_SNNI_CLIENT_PLAN_HASH": "${VEILWARD_PLAN_HASH:?}",
    "VEILWARD_ALERTS_REDIS_URL": "${VEILWARD_REDIS_URL:?}",
    "VEILWARD_ALERTS_DATABASE_URL": "${VEILWARD_DATABASE_URL:?}",
    "VEILWARD_ALERTS_REPLICA": "alerts-0",
    "VEILWARD_INGEST_MEDIA_ANNOUNCED": '["${VEILWARD_MEDIA_ADDRESS:?}"]',
}
"""What is this machine's own, in place of what the manifests name or refer to."""
CONFIGURATION = {
    "nats-leaf": "../k8s/room/nats",
    "nats-hub": "../k8s/ward/nats",
    "redis": "../k8s/ward/redis",
    "postgres": "../k8s/ward/postgres",
}
ALONE = ("VEILWARD_ALERTS_REPLICA_URL",)
"""What a service has no use for where it is one: what fails here is the machine, and compose starts it again."""
MEBI = {"Mi": 1, "Gi": 1024}


def composed() -> dict[str, Any]:
    """The whole file's content."""
    images = {name(one): image(one) for one in render(K8S) if one["kind"] in ("Deployment", "StatefulSet")}
    found = pods()
    networks = sorted({network for pod in found for network in NETWORKS[pod.app]})
    return {
        "services": {f"veilward-{pod.app}": service(pod, images[f"veilward-{pod.app}"]) for pod in found},
        "networks": {one: {} if one in OUTSIDE else {"internal": True} for one in networks},
    }


def service(pod: PodKind, image: str) -> dict[str, Any]:
    """A pod as a service of compose."""
    limits = pod.container["resources"]["limits"]
    made: dict[str, Any] = {
        "image": image,
        "user": "65532:65532",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "restart": "unless-stopped",
        "stop_grace_period": f"{pod.spec['terminationGracePeriodSeconds']}s",
        "mem_limit": f"{int(limits['memory'][:-2]) * MEBI[limits['memory'][-2:]]}m",
        "cpus": _cores(limits["cpu"]),
        "networks": {one: _aliases(pod, one) for one in NETWORKS[pod.app]},
        "volumes": [*_mounts(pod)],
    }
    if "command" in pod.container:
        made["command" if pod.app != "provision" else "entrypoint"] = pod.container["command"]
    if pod.environment:
        made["environment"] = {
            key: PROVIDED.get(key, entry.get("value", ""))
            for key, entry in sorted(pod.environment.items())
            if key not in ALONE
        }
    if pod.app in CONFIGURATION:  # the probe that also sees renewed certificates
        probe = pod.container["livenessProbe"]
        made["healthcheck"] = {
            "test": ["CMD", *probe["exec"]["command"]],
            "interval": f"{probe['periodSeconds']}s",
            "retries": probe["failureThreshold"],
        }
    ports = published(pod)
    return made | ({"ports": ports} if ports else {})


def published(pod: PodKind) -> list[str]:
    """What whoever is outside reaches: the ports of the pod's LoadBalancer."""
    balancers = [one["spec"] for one in of_kind("Service") if one["spec"].get("type") == "LoadBalancer"]
    own = {port["name"]: port["containerPort"] for port in pod.container["ports"]}
    return [
        f"{port['port']}:{own[port['targetPort']]}/{port.get('protocol', 'TCP').lower()}"
        for spec in balancers
        if spec["selector"] == {"app.kubernetes.io/name": pod.app}
        for port in spec["ports"]
    ]


def name(one: Object) -> str:
    found: str = one["metadata"]["name"]
    return found


def image(one: Object) -> str:
    found: str = one["spec"]["template"]["spec"]["containers"][0]["image"]
    return found


def _cores(text: str) -> float:
    return int(text[:-1]) / 1000 if text.endswith("m") else float(text)


def _aliases(pod: PodKind, network: str) -> dict[str, list[str]] | None:
    """The name by which another zone dials it."""
    crossing = {("nats-hub", "uplink"), ("snni-server", "scoring")}
    zone = pod.namespace
    return {"aliases": [f"veilward-{pod.app}.{zone}.svc"]} if (pod.app, network) in crossing else None


def _mounts(pod: PodKind) -> list[str]:
    volumes = {one["name"]: one for one in pod.spec["volumes"]}
    found = []
    for mount in pod.container["volumeMounts"]:
        volume, path = volumes.get(mount["name"], {}), mount["mountPath"]
        if "secret" in volume:
            found.append(f"./secrets/{volume['secret']['secretName']}:{path}:ro")
        elif "configMap" in volume:
            source = CONFIGURATION[pod.app] if mount["name"] == "config" else f"./{mount['name']}"
            found.append(f"{source}:{path}:ro")
        else:
            found.append(f"./data/{pod.app}-{mount['name']}:{path}")
    return found


def text() -> str:
    """The file."""
    return HEAD + yaml.safe_dump(composed(), sort_keys=False, width=120)


if __name__ == "__main__":
    FILE.write_text(text())
