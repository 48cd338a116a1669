"""Plays rendered manifests on this machine: pods as containers of podman, on a fabric, with names, probes and policies.

    with Cluster(objects, directory, addresses) as cluster:
        cluster.start()
        cluster.wait_ready()

Played are Deployments, StatefulSets, Services of every kind, ConfigMaps, Secrets and NetworkPolicies; whatever else the
objects hold must be one of NOT_PLAYED. Not played: scheduling, admission, rolling updates, disruption budgets, virtual
addresses of Services (a name leads to the pods), default-token mounts (no pod of ours has one).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from localsite.process import START_TIMEOUT_S
from tests.deploy.cluster import names, usage, volumes
from tests.deploy.cluster.fabric import run
from tests.deploy.cluster.leftovers import LABEL, PREFIX, sweep
from tests.deploy.cluster.network import Network
from tests.deploy.cluster.podman import RUNTIME, Started
from tests.deploy.cluster.pods import Pod
from tests.deploy.cluster.probes import Asked, Watch
from tests.deploy.cluster.threads import entered
from tests.deploy.cluster.walls import Walled
from tests.support.waiting import PATIENCE_S, until

Object = dict[str, Any]
NOT_PLAYED = {"Namespace", "ServiceAccount", "PodDisruptionBudget", "Certificate"}
WORKLOADS = ("Deployment", "StatefulSet")


class Cluster:
    """objects: what `kustomize build` prints, and the secrets beside. directory: the node's disk.

    addresses: those outside of the LoadBalancer Services, by name.
    """

    def __init__(self, objects: Sequence[Object], directory: Path, addresses: Mapping[str, str]) -> None:
        self.objects, self.directory = list(objects), directory
        self.restarted: dict[str, list[str]] = {}
        self.prefix = f"{PREFIX}{os.getpid()}"
        self.network = Network(self.prefix, self.objects, addresses)
        self.pods: list[Pod] = []
        self.began = self.took_s = self.cpu_s = 0.0
        self._lock = threading.RLock()
        self._over = False
        self._label = f"{LABEL}={self.prefix}"
        unknown = {one["kind"] for one in objects} - NOT_PLAYED - set(WORKLOADS) - {"ConfigMap", "Secret", "Service"}
        assert unknown <= {"NetworkPolicy"}, f"the player does not know {sorted(unknown)}"

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    # --- what there is ------------------------------------------------------------------------------------------------

    def of_kind(self, *kinds: str) -> list[Object]:
        return [one for one in self.objects if one["kind"] in kinds]

    @property
    def known(self) -> Mapping[tuple[str, str, str], Object]:
        return {
            (one["metadata"].get("namespace", ""), one["kind"], one["metadata"]["name"]): one for one in self.objects
        }

    def of(self, app: str) -> list[Pod]:
        """The pods of a workload."""
        return [pod for pod in self.pods if pod.app == app]

    def one(self, app: str) -> Pod:
        (pod,) = self.of(app)
        return pod

    # --- starting and ending ------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Every pod at once, as `kubectl apply` does."""
        sweep()
        self.network.start(self.directory)
        for workload in self.of_kind(*WORKLOADS):
            for number in range(workload["spec"]["replicas"]):
                self.pods.append(self._pod(workload, number))
        self.raise_walls()
        self._serve_names()
        self.began = time.monotonic()
        for pod in self.pods:
            self._run(pod)

    def _pod(self, workload: Object, number: int) -> Pod:
        name, namespace = f"{workload['metadata']['name']}-{number}", workload["metadata"]["namespace"]
        end = self.network.fabric.attach(name, self.network.address(namespace))
        return Pod(name, namespace, workload, end, f"{self.prefix}-{name}")

    def _run(self, pod: Pod) -> None:
        node, claims = self.directory / "volumes", pod.workload["spec"].get("volumeClaimTemplates", [])
        found = volumes.mounts(pod.name, pod.spec, claims, node, self.known, pod.namespace)
        etc = node / pod.name / "etc"
        etc.mkdir(parents=True, exist_ok=True)
        (etc / "resolv.conf").write_text(names.resolver(self.network.dns.address, pod.namespace))
        (etc / "hosts").write_text(f"127.0.0.1 localhost\n::1 localhost\n{pod.end.address} {pod.name}\n")
        found |= {f"/etc/{file}": (etc / file, False) for file in ("resolv.conf", "hosts")}
        started = Started(pod.name, pod.namespace, pod.spec, pod.end.path, found, self.known)
        run(*started.command(self._label, pod.container))
        self._watch(pod)

    def _watch(self, pod: Pod) -> None:
        (container,) = pod.spec["containers"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        asked = Asked(pod.end.address, ports, self._state(pod)["Pid"])

        def ready(now: bool) -> None:
            with self._lock:
                changed, pod.ready = pod.ready != now, now
                if changed and not self._over:
                    self._serve_names()

        pod.watch = Watch(
            container, asked, self.network.fabric.node, ready=ready, dead=lambda why: self._again(pod, why)
        )
        threading.Thread(target=self._await_end, args=(pod, asked.pid), daemon=True).start()

    def _await_end(self, pod: Pod, pid: int) -> None:
        """A container that ends by itself is started again, as restartPolicy Always says."""
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.2)
        if not self._over and pod.watch is not None and self._state(pod)["Pid"] in (0, pid):
            self._again(pod, f"ended with {self._state(pod)['ExitCode']}")

    def _again(self, pod: Pod, why: str) -> None:
        with self._lock:
            if self._over:
                return
            pod.restarts.append(why)
            pod.ready, watch, pod.watch = False, pod.watch, None
            self._serve_names()
        if watch is not None:
            watch.stop()
        time.sleep(min(10.0 * 2 ** (len(pod.restarts) - 2), 300.0) if len(pod.restarts) > 1 else 0.0)
        if not self._over:
            run("podman", *RUNTIME, "restart", "--time", str(pod.spec["terminationGracePeriodSeconds"]), pod.container)
            self._watch(pod)

    def _state(self, pod: Pod) -> Object:
        found: Object = json.loads(run("podman", "inspect", "--format", "{{json .State}}", pod.container))
        return found

    def stop(self) -> None:
        """Everything goes, logs excepted."""
        self._over = True
        for pod in self.pods:
            if pod.watch is not None:
                pod.watch.stop()
            (self.directory / f"{pod.name}.log").write_text(self.log(pod))
        labelled = ["podman", *RUNTIME, "ps", "--all", "--quiet", "--filter", f"label={self._label}"]
        found = subprocess.run(labelled, capture_output=True, text=True).stdout.split()
        if found:
            subprocess.run(["podman", *RUNTIME, "rm", "--force", "--time", "0", *found], capture_output=True)
        self.network.stop()
        shutil.rmtree(self.directory / "volumes", ignore_errors=True)

    def raise_walls(self, *more: Walled) -> None:
        """Enforce the policies. more: pods of no workload."""
        self.network.raise_walls(self.pods, *more)

    def _serve_names(self) -> None:
        with self._lock:
            self.network.lead(self.pods)

    # --- looking and acting -------------------------------------------------------------------------------------------

    def wait_ready(self) -> None:
        """Until every pod is ready; AssertionError, with the logs' ends, when one is not."""
        try:
            until(lambda: all(pod.ready for pod in self.pods), START_TIMEOUT_S)
        except AssertionError:
            late = [f"{pod.name} {pod.restarts}\n{self.log(pod)[-1500:]}" for pod in self.pods if not pod.ready]
            raise AssertionError("not ready: " + "\n".join(late)) from None
        self.took_s = time.monotonic() - self.began
        self.restarted = {pod.name: list(pod.restarts) for pod in self.pods if pod.restarts}
        self.cpu_s = sum(usage.cpu_s(self.pid(pod)) for pod in self.pods)

    def pid(self, pod: Pod) -> int:
        """Its container's first process, as this machine counts."""
        return int(self._state(pod)["Pid"])

    def log(self, pod: Pod) -> str:
        """What its container wrote."""
        done = subprocess.run(["podman", "logs", pod.container], capture_output=True, text=True)
        return done.stdout + done.stderr

    def execute(self, pod: Pod, *command: str) -> str:
        """A command in its container, as `kubectl exec` runs it."""
        return run("podman", *RUNTIME, "exec", pod.container, *command)

    def kill(self, pod: Pod) -> None:
        """SIGKILL, as a crash would; it is started again as a kubelet does."""
        run("podman", *RUNTIME, "kill", pod.container)

    def take_away(self, pod: Pod) -> None:
        """Its node is gone: it ends at once, and nobody starts it again."""
        with self._lock:
            pod.ready, watch, pod.watch = False, pod.watch, None
            self._serve_names()
        if watch is not None:
            watch.stop()
        self.kill(pod)

    def bring_back(self, pod: Pod) -> None:
        """The same pod again, with its volumes, and wait until it is ready."""
        run("podman", *RUNTIME, "start", pod.container)
        self._watch(pod)
        until(lambda: pod.ready)

    def renew(self, secret: str, files: Mapping[str, bytes]) -> None:
        """Another content of a secret, in every volume of it, as a kubelet brings it."""
        for pod in self.pods:
            for volume in pod.spec.get("volumes", []):
                of = volume.get("secret", {})
                if of.get("secretName") == secret:
                    folder = self.directory / "volumes" / pod.name / volume["name"]
                    chosen = volumes.chosen(files, of)
                    volumes.project(folder, chosen, of["defaultMode"], pod.spec["securityContext"]["fsGroup"])

    def ask(self, pod: Pod, path: str) -> str:
        """A page of its health port, asked from the node."""
        found: list[str] = []

        def get() -> None:
            with entered(self.network.fabric.node.path):
                url = f"http://{pod.end.address}:8081{path}"
                with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
                    found.append(answer.read().decode())

        thread = threading.Thread(target=get)
        thread.start()
        thread.join()
        assert found, f"{pod.name} does not answer {path}"
        return found[0]
