"""Everybody of the table of arrows at an end of the cluster's fabric: its pods, and those who run nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass

from tests.deploy.arrows import DNS, EVERYBODY
from tests.deploy.cluster.fabric import End
from tests.deploy.cluster.player import Cluster
from tests.deploy.cluster.walls import Walled
from tests.deploy.policies import Endpoint


@dataclass(frozen=True)
class Present:
    """An endpoint of the table, where it is, and whether it is ours to protect."""

    endpoint: Endpoint
    end: End


def gather(cluster: Cluster) -> list[Present]:
    """Everybody. Who is not there yet is attached, and the walls know them."""
    found, more, used = [], [], {app: cluster.of(app) for app in {pod.app for pod in cluster.pods}}
    used = {app: list(pods) for app, pods in used.items()}
    for number, one in enumerate(EVERYBODY):
        if one == DNS:
            found.append(Present(one, cluster.network.dns))
        elif one.address:
            found.append(Present(one, cluster.network.outsider(one.name, one.address)))
        elif used.get(one.name):
            found.append(Present(one, used[one.name].pop(0).end))
        else:
            end = cluster.network.outsider(f"{one.name}-{number}", cluster.network.address(one.namespace))
            more.append(Walled(one.namespace, one.labels, end.address))
            found.append(Present(one, end))
    cluster.raise_walls(*more)
    return found
