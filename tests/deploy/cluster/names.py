"""The cluster's names: Services and what stands behind them, served by dnsmasq from a pod of its own.

A Service's name leads to its ready pods, a headless one that says so to all of them, and a StatefulSet's pod has a name
in its Service. There are no virtual addresses: within the cluster every port of a Service must be its pods' own.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localsite.process import Process
from tests.deploy.cluster.fabric import End
from tests.deploy.policies import matches

Object = dict[str, Any]
DOMAIN = "cluster.local"


@dataclass(frozen=True)
class Named:
    """A pod, as Services see it. subdomain: its StatefulSet's Service, or "". ports: its own, by name."""

    name: str
    namespace: str
    labels: dict[str, str]
    address: str
    ready: bool
    subdomain: str = ""
    ports: Mapping[str, int] = field(default_factory=dict, hash=False)


def hosts(services: Sequence[Object], pods: Sequence[Named]) -> str:
    """The file of addresses and names that dnsmasq serves."""
    return "".join(f"{address} {name}\n" for address, name in _records(services, pods))


def _records(services: Sequence[Object], pods: Sequence[Named]) -> Iterator[tuple[str, str]]:
    for one in services:
        spec, namespace = one["spec"], one["metadata"]["namespace"]
        full = f"{one['metadata']['name']}.{namespace}.svc.{DOMAIN}"
        for pod in pods:
            if pod.namespace != namespace or not matches({"matchLabels": spec["selector"]}, pod.labels):
                continue
            if pod.ready or spec.get("publishNotReadyAddresses"):
                yield pod.address, full
                if pod.subdomain == one["metadata"]["name"]:
                    yield pod.address, f"{pod.name}.{full}"


def resolver(address: str, namespace: str) -> str:
    """A pod's /etc/resolv.conf."""
    return f"nameserver {address}\nsearch {namespace}.svc.{DOMAIN} svc.{DOMAIN} {DOMAIN}\noptions ndots:5\n"


class NameServer:
    """dnsmasq, at an end of its own. Started is waited for: what it is told (SIGHUP) before would end it."""

    def __init__(self, end: End, directory: Path) -> None:
        self._file = directory / "hosts"
        self._file.write_text("")
        command = ["dnsmasq", "--keep-in-foreground", "--user=root", "--no-resolv", "--no-hosts", "--pid-file="]
        command += [
            "--conf-file=/dev/null",
            f"--addn-hosts={self._file}",
            f"--local=/{DOMAIN}/svc/",
            "--bind-interfaces",
        ]
        command += [f"--listen-address={end.address}", "--log-facility=-"]
        self._process = Process("dnsmasq", end.command(*command), directory / "dnsmasq.log").start()
        self._process.wait_for("start", lambda: "started, version" in self._process.log.read_text() or None)

    def serve(self, text: str) -> None:
        """These addresses from now on."""
        if text != self._file.read_text():
            self._file.write_text(text)
            os.kill(self._process.pid, signal.SIGHUP)

    def stop(self) -> None:
        self._process.stop()
